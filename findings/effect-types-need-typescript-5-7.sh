#!/usr/bin/env bash
# effect 3.22.4: its declarations do not compile with TypeScript 5.4, which its README names as enough.
#
# Behaviour: they name types that later compilers have: `IterableIterator` with three arguments (5.6) and `Uint8Array` with
# one (5.7). With `skipLibCheck` the compiler passes them over; without it, a program that only imports `Effect` fails.
# Seen: error TS2315 with 5.4.5, none with 5.7.3.
# Hurts: projects on TypeScript 5.4 to 5.6 that check the libraries they ship with (skipLibCheck off).
#
# Exit 0: as described. Exit 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf '{ "private": true, "type": "module" }\n' >package.json
npm install --no-audit --no-fund --loglevel=error effect@3.22.4 \
  old@npm:typescript@5.4.5 new@npm:typescript@5.7.3 >/dev/null
printf 'import { Effect } from "effect"\nexport const one = Effect.succeed(1)\n' >one.ts
compile() {
  node "node_modules/$1/bin/tsc" --module nodenext --target es2022 --lib es2023,dom --strict --noEmit one.ts 2>&1 |
    grep -o "error TS2315: Type 'Uint8Array' is not generic" | sort -u || true
}
old=$(compile old) new=$(compile new)
printf 'effect 3.22.4 under TypeScript 5.4.5: %s; under 5.7.3: %s\n' "${old:-no error}" "${new:-no error}"
grep -qi 'TypeScript 5.4 or newer' node_modules/effect/README.md
[ -n "$old" ] && [ -z "$new" ]
