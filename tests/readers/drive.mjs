// Reads what Python hands over: a line of JSON {"reader", "text"} in, a line {"value"} or {"error"} out.
import { createInterface } from "node:readline";
import { parseRssFeed } from "feedsmith";
import partytime from "podcast-partytime";
import RssParser from "rss-parser";
import { SaxesParser } from "saxes";
import srt from "srt-validator";
import webvtt from "webvtt-parser";

const readers = {
  feedsmith: parseRssFeed,
  partytime: (text) => partytime.parseFeed(text),
  "rss-parser": (text) => new RssParser().parseString(text),
  saxes: parseStrictly,
  "srt-validator": (text) => srt.default(text),
  "webvtt-parser": (text) => new webvtt.WebVTTParser().parse(text, "subtitles/captions/descriptions"),
};

// Returns [name, attributes, children] of the root, with names as {namespace}local; throws at the first fault.
function parseStrictly(text) {
  const parser = new SaxesParser({ xmlns: true, position: true });
  const top = [];
  const open = [top];
  const spell = (uri, local) => (uri ? `{${uri}}${local}` : local);
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", (tag) => {
    const attributes = Object.values(tag.attributes).filter((attribute) => attribute.prefix !== "xmlns");
    const values = attributes.map(({ uri, local, value }) => [spell(uri, local), value]);
    const element = [spell(tag.uri, tag.local), Object.fromEntries(values), []];
    open.at(-1).push(element);
    open.push(element[2]);
  });
  parser.on("closetag", () => open.pop());
  for (const event of ["text", "cdata"]) {
    parser.on(event, (words) => open.at(-1).push(words));
  }
  parser.write(text).close();
  return top.find(Array.isArray);
}

async function answer({ reader, text }) {
  try {
    return { value: (await readers[reader](text)) ?? null };
  } catch (error) {
    return { error: String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + "\n");
}
