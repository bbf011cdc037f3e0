/** What a reader chose, as the page’s address has it. Nodes are named by their ids. */
export interface GraphState {
  /** The graph’s id; empty for the first. */
  readonly list: string;
  /** Share of the influence that is asked for; null for the first view. */
  readonly share: number | null;
  readonly selected: readonly string[];
  readonly pinned: readonly string[];
  readonly zeroed: readonly string[];
  readonly groups: readonly NodeGroup[];
}

/** Nodes that are drawn as one. */
export interface NodeGroup {
  readonly name: string;
  readonly members: readonly string[];
}

export const EMPTY_STATE: GraphState = {
  list: '',
  share: null,
  selected: [],
  pinned: [],
  zeroed: [],
  groups: [],
};

export function toAddress(state: GraphState): URLSearchParams {
  const { list, share, selected, pinned, zeroed, groups } = state;
  return new URLSearchParams([
    ...(list === '' ? [] : [['list', list]]),
    ...(share === null ? [] : [['influence', share.toFixed(2)]]),
    ...selected.map((id) => ['node', id]),
    ...pinned.map((id) => ['pin', id]),
    ...zeroed.map((id) => ['zero', id]),
    ...groups.map(({ name, members }) => ['group', [withoutBar(name), ...members].join('|')]),
  ]);
}

export function fromAddress(address: URLSearchParams): GraphState {
  const share = Number(address.get('influence') ?? Number.NaN);
  return {
    list: address.get('list') ?? '',
    share: Number.isFinite(share) ? share : null,
    selected: address.getAll('node'),
    pinned: address.getAll('pin'),
    zeroed: address.getAll('zero'),
    groups: address.getAll('group').flatMap((text) => {
      const [name, ...members] = text.split('|');
      return members.length === 0 ? [] : [{ name: name!, members }];
    }),
  };
}

/** The state with only nodes that a graph has; in two groups none is. */
export function within(state: GraphState, ids: ReadonlySet<string>): GraphState {
  const has = (id: string) => ids.has(id);
  const grouped = new Set<string>();
  const groups = state.groups.map(({ name, members }) => {
    const free = members.filter((id) => has(id) && !grouped.has(id));
    for (const id of free) grouped.add(id);
    return { name, members: [...new Set(free)] };
  });
  return {
    ...state,
    selected: state.selected.filter(has),
    pinned: state.pinned.filter(has),
    zeroed: state.zeroed.filter(has),
    groups: groups.filter(({ members }) => members.length > 0),
  };
}

/** What was not among some names is, and what was is not: all are where any was not. */
export function toggled(names: readonly string[], which: readonly string[]): string[] {
  const rest = names.filter((name) => !which.includes(name));
  return which.every((name) => names.includes(name)) ? rest : [...rest, ...which];
}

/** The state with some nodes as one group; where they are a group already, without it. */
export function regrouped(state: GraphState, which: readonly string[]): GraphState {
  const isThese = ({ members }: NodeGroup) =>
    members.length === which.length && members.every((id) => which.includes(id));
  if (state.groups.some(isThese))
    return { ...state, groups: state.groups.filter((group) => !isThese(group)) };
  const others = state.groups
    .map(({ name, members }) => ({ name, members: members.filter((id) => !which.includes(id)) }))
    .filter(({ members }) => members.length > 0);
  return { ...state, groups: [...others, { name: freeName(others), members: which }] };
}

export const renamed = (state: GraphState, from: string, to: string): GraphState => {
  const isTaken = state.groups.some(({ name }) => name === withoutBar(to));
  return to === '' || isTaken
    ? state
    : {
        ...state,
        groups: state.groups.map((group) =>
          group.name === from ? { ...group, name: withoutBar(to) } : group,
        ),
      };
};

/** In the address a bar parts a group’s name from its members. */
const withoutBar = (name: string): string => name.replaceAll('|', ' ').trim();

function freeName(groups: readonly NodeGroup[]): string {
  for (let n = 1; ; n++) {
    const name = `Group ${n}`;
    if (!groups.some((group) => group.name === name)) return name;
  }
}
