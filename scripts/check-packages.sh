#!/usr/bin/env bash
# Packs each published package as it would be published, lints the tarball, and imports it as a consumer does,
# without the "tickwork-source" condition. It never publishes, and expects `npm run build` to have run.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/node_modules/.bin:$PATH"

packages=(tickwork simulation sql heartbeat cluster web cli)
tarballs=.cache/tarballs
consumer=.cache/consumer
rm -rf "$tarballs" "$consumer"
mkdir -p "$tarballs" "$consumer"

specifiers=()
for package in "${packages[@]}"; do
  (cd "packages/$package" && npm pack --silent --pack-destination "../../$tarballs" >/dev/null)
  name=$(node -p "require('./packages/$package/package.json').name")
  file="$tarballs/$(node -p "const m = require('./packages/$package/package.json'); m.name.replace('@', '').replace('/', '-') + '-' + m.version").tgz"
  publint run "$file" --strict
  attw "$file" --profile esm-only --no-emoji --no-color --no-summary
  mkdir -p "$consumer/node_modules/$name"
  tar -xzf "$file" -C "$consumer/node_modules/$name" --strip-components=1
  for entry in $(node -p "Object.entries(require('./packages/$package/package.json').exports).filter(([key, door]) => door !== null && !key.includes('*') && !key.endsWith('.json')).map(([key]) => key.slice(2)).join(' ')") ""; do
    specifiers+=("$name${entry:+/$entry}")
  done
done

cd "$consumer"
printf '{ "private": true, "type": "module" }\n' >package.json
printf '{ "extends": "../../tsconfig.base.json", "files": ["main.ts", "app.ts"], "compilerOptions": { "outDir": "./out", "declaration": true, "composite": false, "incremental": false, "customConditions": [], "skipLibCheck": false, "lib": ["ES2023", "DOM"], "types": ["node"] } }\n' >tsconfig.json
: >main.ts
for specifier in $(printf '%s\n' "${specifiers[@]}" | sort -u); do
  printf 'export * as %s from "%s"\n' "$(printf '%s' "$specifier" | tr -cd 'a-z')" "$specifier" >>main.ts
  node --input-type=module -e "
    const door = import.meta.resolve('$specifier')
    if (!door.includes('/dist/')) throw new Error('$specifier resolves to ' + door)
    const names = Object.keys(await import('$specifier'))
    console.log('$specifier gives out', names.length === 0 ? 'types alone' : names.join(', '))
  "
done
# what an application exports must have a type that its declarations can name
cat >app.ts <<'APP'
import { SqlJobStore } from "@tickwork/sql"
import { Effect, Layer } from "effect"
import { Job, Jobs, Tick } from "tickwork"

const hello = Job.make("hello", Effect.log("hello")).pipe(Job.every("5 seconds"))
export const TickLive = Tick.layer(Jobs.make(hello)).pipe(Layer.provide(SqlJobStore.layerSqlite({ filename: "app.db" })))
export const runs = Tick.once
export const status = Tick.status
export const events = Tick.events
APP
tsc -p .
echo "The packed packages import as a consumer imports them."
