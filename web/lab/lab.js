// The lab page: reads the records and has every section drawn, or says clearly that they cannot be read.

import { byId } from "../ui/dom.js";
import { showHistory } from "./history.js";
import { drawRecords } from "./records.js";
import { showSpecimen } from "./specimen.js";

const RECORDS = "/static/gen/lab.json";

async function main() {
  const response = await fetch(RECORDS);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const data = await response.json();
  byId("sections").hidden = false; // before drawing: the charts measure their places
  drawRecords(data);
  await showHistory();
  byId("waiting").hidden = true;
  document.getElementById(location.hash.slice(1))?.scrollIntoView(); // what the address names was hidden until now
}

function fail(error) {
  byId("waiting").hidden = true;
  for (const id of ["contents", "sections"]) byId(id).hidden = true;
  byId("failure").hidden = false;
  byId("failure-text").textContent =
    `The file with the boss's records did not arrive whole (${error.message}). The arena does not need it.`;
}

byId("retry").addEventListener("click", () => location.reload());
showSpecimen(byId("specimen")).catch(() => {}); // the vitrine stays empty; nothing else needs it
main().catch(fail);
