// graphql-codegen: TypeScript for every document under tsc --strict, Kotlin for the whole schema.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";

import { codegen } from "@graphql-codegen/core";
import * as kotlin from "@graphql-codegen/kotlin";
import * as typescript from "@graphql-codegen/typescript";
import * as operations from "@graphql-codegen/typescript-operations";
import { buildSchema, isEnumType, isInputObjectType, isObjectType, parse } from "graphql";

const text = readFileSync("schema.graphql", "utf8");
const schema = buildSchema(text);
const scalars = { ID: "string", DateTime: "string", Decimal: "string", CurrencyCode: "string" };

const STRINGS = { ID: "String", DateTime: "String", Decimal: "String", CurrencyCode: "String" };

const generate = (plugin, name, config, documents = []) =>
  codegen({ schema: parse(text), schemaAst: schema, skipDocumentsValidation: true, documents, filename: name, plugins: [{ [name]: config }], pluginMap: { [name]: plugin }, config: {} });

const sources = readdirSync("documents").map((file) => ({
  location: file, document: parse(readFileSync(`documents/${file}`, "utf8")),
}));

test("TypeScript of every document and of the whole schema passes tsc --strict", async () => {
  mkdirSync("typescript", { recursive: true });
  writeFileSync("typescript/schema.ts", await generate(typescript, "typescript", { strictScalars: true, scalars }));
  for (const source of sources) {
    const written = await generate(operations, "typescript-operations", { strictScalars: true, scalars }, [source]);
    writeFileSync(`typescript/${source.location.replace(".graphql", ".ts")}`, written);
  }
  const files = readdirSync("typescript").map((file) => `typescript/${file}`);

  const flags = ["--strict", "--noEmit", "--skipLibCheck", "--target", "es2022", "--module", "esnext", "--types", ""];
  const checked = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", ...flags, ...files], { encoding: "utf8" });

  assert.equal(checked.status, 0, checked.stdout.slice(0, 3000));
  assert.ok(sources.length > 0);
});

const HARD = new Set(
  "as break class continue do else false for fun if in interface is null object package return super this throw true try typealias typeof val var when while".split(" "),
);

test("Kotlin of the whole schema names nothing that Kotlin reserves", async () => {
  const written = await generate(kotlin, "kotlin", { withTypes: true, package: "com.example.ordergraph", scalars: STRINGS });

  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith("__")) continue;
    if (isInputObjectType(type) || isObjectType(type)) assert.match(written, new RegExp(`data class ${type.name}\\(`));
    if (isEnumType(type)) assert.match(written, new RegExp(`enum class ${type.name}\\(`));
  }
  const named = [...written.matchAll(/\b(?:val|fun|class|enum class) (\w+)/g)].map((match) => match[1]);
  assert.ok(named.length > 200);
  assert.deepEqual(named.filter((name) => HARD.has(name)), []);
  writeFileSync("Schema.kt", written);
});
