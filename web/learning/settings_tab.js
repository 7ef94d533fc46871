// The tab of the settings about learning: the switch to opt out, forgetting, and on a local server the switches of
// learning itself.

import { create } from "../ui/dom.js";
import { onOff, pressTwice, row } from "../ui/settings_fields.js";

const TEACH = {
  name: "teach",
  label: "Teach the boss",
  note:
    "A fight is sent when it ends: which keys were pressed when, and nothing about you. The boss learns from those " +
    "on Hard.",
};
const FAILED = "The server did not answer. Try again in a while.";

/** The fields of the tab. `learning`: of this folder; `settings`: of ui/settings.js. */
export function learningFields({ learning, settings }) {
  const here = create("p", "note", "");
  here.id = "learning-here";
  const [forgetting, forgotten] = forgetRow(learning);
  const local = localRows(learning);
  const show = () => {
    const { stats, isRecording } = learning;
    here.textContent = stats && !isRecording ? "This server records nothing now, and the boss does not learn." : "";
    here.hidden = here.textContent === "";
    local.show(stats);
    forgotten();
  };
  learning.watch(show);
  show();
  return [here, onOff(settings, TEACH), forgetting, ...local.rows];
}

function forgetRow(learning) {
  const button = pressTwice("forget-fights", "Forget my fights", "Press again to forget them", async () => {
    say("Asking the server.");
    try {
      const count = await learning.forgetFights();
      say(count === 1 ? "One fight was erased." : `${count} fights were erased.`);
    } catch {
      say(FAILED);
    }
  });
  const element = row("What it has of you", button, "");
  const note = element.querySelector(".note");
  note.setAttribute("role", "status");
  let said = "";
  const say = (text) => {
    said = text;
    show();
  };
  const show = () => {
    const count = learning.rememberedFights;
    const known = count === 1 ? "One fight" : `${count === 0 ? "No fight" : `${count} fights`}`;
    note.textContent = said || `${known} of yours ${count > 1 ? "are" : "is"} kept there, as far as this browser knows.`;
  };
  show();
  return [element, show];
}

// Shown only where the player is the server's own.
function localRows(learning) {
  const input = create("input");
  input.type = "checkbox";
  input.id = "learning-switch";
  const power = row("Learning here", input, "Off, this server records nothing, and the boss stays as it is.");
  const button = pressTwice("learning-reset", "Back to its first mind", "Press again: all it learned is laid aside", () =>
    run("reset", "It is as it was made."),
  );
  const reset = row("Its mind", button, "");
  const note = reset.querySelector(".note");
  note.setAttribute("role", "status");
  const run = async (action, done) => {
    try {
      await learning.command(action);
      note.textContent = done;
    } catch {
      note.textContent = FAILED;
    }
    show(learning.stats);
  };
  input.addEventListener("change", () => run(input.checked ? "on" : "off", ""));
  const show = (stats) => {
    const isSwitchable = stats?.learning.switchable === true;
    for (const element of [power, reset]) element.hidden = !isSwitchable;
    if (!isSwitchable) return;
    input.checked = stats.learning.enabled;
    button.disabled = stats.mind.version === 0 && stats.mind.live === stats.mind.anchor;
  };
  return { rows: [power, reset], show };
}
