// Lays out graphs with ELK: one JSON graph a line in, one JSON answer a line out, until stdin ends.
// An error of ELK is an answer too, so that the parent can go on with its next candidate.
"use strict";
const ELK = require(process.argv[2]);
const elk = new ELK();
const lines = require("node:readline").createInterface({ input: process.stdin });
(async () => {
  for await (const line of lines) {
    let answer;
    try {
      answer = await elk.layout(JSON.parse(line));
    } catch (error) {
      answer = { error: String((error && error.message) || error) };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
})();
