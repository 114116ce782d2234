// The official audit of GraphQL over HTTP: every one of its sentences has to be fulfilled, the optional ones, too.
import assert from "node:assert/strict";
import { test } from "node:test";

import { serverAudits } from "graphql-http";

import { url } from "./installation.mjs";

const audits = serverAudits({ url, fetchFn: fetch });

test("there are 61 of them", () => assert.equal(audits.length, 61));

for (const audit of audits) {
  test(`${audit.id}: ${audit.name}`, async () => {
    const { status, reason } = await audit.fn();

    assert.equal(status, "ok", reason);
  });
}
