import type { Finding, Rule } from "./rule.ts";
import { divisions, type SubmissionTree, type SubmitterFolder } from "./submission-tree.ts";
import type { TreeEntry } from "./tree-entries.ts";

const mostBytes = 50 * 1024 * 1024;
const allowedRootFolders: readonly string[] = [...divisions, "assets", ".git", ".github"];

const isAtRoot = ({ path }: TreeEntry): boolean => !path.includes("/");
const found = (entries: readonly TreeEntry[], message: string): Finding[] =>
  entries.map(({ path }) => ({ file: path, message }));

/** Rules about the tree as a whole. */
export const layoutRules: readonly Rule<SubmissionTree>[] = [
  {
    id: "results-present",
    asks: "The tree holds at least one result.",
    find: ({ submitters }) =>
      submitters.some(({ systems }) =>
        systems.some(({ benchmarks }) => benchmarks.some(({ scenarios }) => scenarios.length > 0)),
      )
        ? []
        : [
            {
              file: ".",
              message:
                "there is no result in it: no <division>/<submitter>/results/<system>/<benchmark>/<scenario>",
            },
          ],
  },
  {
    id: "root-folders",
    asks: "The root holds the folders closed, open and network and no others.",
    find: ({ entries }) =>
      found(
        entries.filter(
          (entry) => isAtRoot(entry) && entry.kind === "folder" && !allowedRootFolders.includes(entry.name),
        ),
        `this folder is no division: ${divisions.join(", ")}`,
      ),
  },
  {
    id: "root-files",
    asks: "The root holds no files but documents (.md, .pdf).",
    find: ({ entries }) =>
      found(
        entries.filter(
          (entry) => isAtRoot(entry) && entry.kind === "file" && !/\.(md|pdf)$/.test(entry.name),
        ),
        "a file at the root must be a document (.md, .pdf)",
      ),
  },
  {
    id: "division-files",
    asks: "A division holds submitters' folders and no files.",
    find: ({ entries }) =>
      found(
        entries.filter(({ path, kind }) => kind === "file" && /^(closed|open|network)\/[^/]+$/.test(path)),
        "it stands beside the submitters' folders, where no file may be",
      ),
  },
];

/** Rules about the files and folders of one submitter. */
export const submitterRules: readonly Rule<SubmitterFolder>[] = [
  {
    id: "plain-names",
    asks: "No name starts with a dot or holds white space, a control character, a backslash or a colon; none is __pycache__.",
    find: ({ entries, name, path }) => {
      const odd = (text: string): boolean =>
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
        /^\.|[\s\\:\u0000-\u001f]|^__pycache__$/.test(text);
      const self = odd(name) ? [{ file: path, message: "its name is odd" }] : [];
      return [
        ...self,
        ...found(
          entries.filter((entry) => odd(entry.name)),
          "its name is hidden, holds white space or other odd characters, or is __pycache__",
        ),
      ];
    },
  },
  {
    id: "no-empty-folders",
    asks: "No folder is empty.",
    find: ({ entries }) =>
      found(
        entries.filter(({ kind, children }) => kind === "folder" && children === 0),
        "this folder is empty",
      ),
  },
  {
    id: "no-links",
    asks: "There are no symbolic links.",
    find: ({ entries }) =>
      found(
        entries.filter(({ kind }) => kind === "link"),
        "a symbolic link does not survive packing: put the file itself here",
      ),
  },
  {
    id: "file-size",
    asks: "No file is larger than 50 MiB.",
    find: ({ entries }) =>
      found(
        entries.filter(({ bytes }) => bytes > mostBytes),
        "it is larger than 50 MiB",
      ),
  },
  {
    id: "source-present",
    asks: "The submitter's src/ holds the code, or says where it is.",
    find: ({ path, entries }) =>
      entries.some(
        (entry) => entry.kind === "file" && entry.path.startsWith(`${path}/src/`) && entry.bytes > 0,
      )
        ? []
        : [
            {
              file: `${path}/src`,
              message: "there is no file in it: the code of the submission belongs here",
            },
          ],
  },
  {
    id: "calibration-present",
    asks: "In the closed and network divisions a calibration.md says how weights were quantised, or that they were not.",
    find: ({ division, path, entries }) => {
      const places = [`${path}/documentation/calibration.md`, `${path}/calibration.md`];
      const isThere = entries.some((entry) => places.includes(entry.path) && entry.bytes > 0);
      return division === "open" || isThere
        ? []
        : [{ file: `${path}/documentation/calibration.md`, message: "it is missing or empty" }];
    },
  },
  {
    id: "system-has-results",
    asks: "Every described system has results.",
    find: ({ path, described, systems }) =>
      described
        .filter((name) => !systems.some((system) => system.name === name))
        .map((name) => ({
          file: `${path}/systems/${name}.json`,
          message: `no results/${name} belongs to this description`,
        })),
  },
];
