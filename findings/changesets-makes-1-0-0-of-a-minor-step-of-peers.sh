#!/usr/bin/env bash
# @changesets/cli 2.30.0: in a group of packages that are peers of each other, `minor` takes 0.1.0 to 1.0.0.
#
# Behaviour: a package whose peer range leaves its range gets a major bump. `^0.1.0` does not hold 0.2.0, so its dependent is
# bumped to 1.0.0, and in a "fixed" group all others follow, the one that asked for 0.2.0 among them.
# Seen: core 1.0.0, plugin 1.0.0.
# Hurts: anyone who keeps packages together below 1.0.0: the first "minor" declares the API stable, and a published version
# cannot be taken back. Cure until it changes: set the version by hand before it is published.
#
# Exit 0: as described. Exit 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf '{ "name": "root", "private": true, "workspaces": ["packages/*"] }\n' >package.json
npm install --no-audit --no-fund --loglevel=error --save-dev @changesets/cli@2.30.0 >/dev/null
mkdir -p packages/core packages/plugin .changeset
printf '{ "name": "core", "version": "0.1.0" }\n' >packages/core/package.json
printf '{ "name": "plugin", "version": "0.1.0", "peerDependencies": { "core": "^0.1.0" } }\n' >packages/plugin/package.json
printf '{ "fixed": [["core", "plugin"]], "baseBranch": "main", "changelog": false }\n' >.changeset/config.json
printf -- '---\n"core": minor\n---\n\nA new function.\n' >.changeset/new-function.md
git init --quiet --initial-branch main
npx changeset version >/dev/null 2>&1
seen=$(node -p '["core", "plugin"].map((name) => `${name} ${require(`./packages/${name}/package.json`).version}`).join(", ")')
printf '@changesets/cli 2.30.0, a minor change of core 0.1.0: %s\n' "$seen"
[ "$seen" = "core 1.0.0, plugin 1.0.0" ]
