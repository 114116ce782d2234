// graphql-schema-linter, every rule but those that want things sorted by their letters.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { test } from "node:test";

const rules = [
  "arguments-have-descriptions", "defined-types-are-used", "deprecations-have-a-reason", "descriptions-are-capitalized",
  "enum-values-all-caps", "enum-values-have-descriptions", "fields-are-camel-cased", "fields-have-descriptions",
  "input-object-values-are-camel-cased", "input-object-values-have-descriptions",
  "relay-connection-arguments-spec", "relay-connection-types-spec", "relay-page-info-spec", "types-are-capitalized",
  "types-have-descriptions",
];

const lint = (file) =>
  spawnSync(process.execPath, ["node_modules/graphql-schema-linter/lib/cli.js", "--rules", rules.join(), file], { encoding: "utf8" });

test("a linter of schemas finds nothing", () => {
  const { status, stdout, stderr } = lint("schema.graphql");

  assert.equal(status, 0, stdout.slice(0, 3000) + stderr);
});

test("it would find something", () => {
  writeFileSync("bad.graphql", 'type Query { bad_name: String }');

  const { status, stdout } = lint("bad.graphql");

  assert.equal(status, 1);
  assert.match(stdout, /fields-are-camel-cased/);
});
