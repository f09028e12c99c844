// Which entries of the activity are shown: by what came of them, by direction, and by words in the name.

/** Direction of each kind of entry. What is not listed is shown under "everything" only. */
const DIRECTION = {
  upload: "to_claude",
  update: "to_claude",
  unchanged: "to_claude",
  fetch_one: "from_claude",
  delete: "removed",
  removed_there: "removed",
  publish_group: "plugins",
  retire_group: "plugins",
};

/** Nothing left out. */
export const EVERYTHING = { show: "all", search: "" };

/** The choices of `show`, in the order in which they are offered. */
export const CHOICES = ["all", "problems", "to_claude", "from_claude", "removed", "plugins"];

/** The kinds of entries that have words of their own: `activity_KIND` in `_locales`. */
export const KINDS = Object.keys(DIRECTION);

/** The entries that `filters` lets through, in their order. Search ignores upper and lower case and looks at names only. */
export function filtered(activity, { show, search }) {
  const wanted = search.trim().toLocaleLowerCase();
  return activity.filter((entry) => isOf(entry, show) && entry.name.toLocaleLowerCase().includes(wanted));
}

/** What was stored, with anything that this version does not know replaced by "everything". */
export function readFilters(stored) {
  const show = CHOICES.includes(stored?.show) ? stored.show : EVERYTHING.show;
  const search = typeof stored?.search === "string" ? stored.search : EVERYTHING.search;
  return { show, search };
}

function isOf({ what, ok }, show) {
  if (show === "all") return true;
  return show === "problems" ? !ok : DIRECTION[what] === show;
}
