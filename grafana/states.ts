import { colours } from './panel.ts';

/** For gauges that are 1 while all is well. */
export const upOrDown = {
  '0': { text: 'Down', colour: colours.critical },
  '1': { text: 'Up', colour: colours.ok },
};

export const readyOrNot = {
  '0': { text: 'Not ready', colour: colours.warning },
  '1': { text: 'Ready', colour: colours.ok },
};

/** For gauges that are 1 while a process stands in for what all share. */
export const sharedOrAlone = {
  '0': { text: 'Shared', colour: colours.ok },
  '1': { text: 'Alone', colour: colours.warning },
};

export const acceptedOrNot = {
  '0': { text: 'Not accepted', colour: colours.ok },
  '1': { text: 'Accepted', colour: colours.warning },
};

export const circuitStates = {
  '0': { text: 'Closed', colour: colours.ok },
  '1': { text: 'Probing', colour: colours.warning },
  '2': { text: 'Open', colour: colours.critical },
};

export const heardOrNot = {
  '0': { text: 'Not heard', colour: colours.warning },
  '1': { text: 'Heard', colour: colours.ok },
};

export const alertStates = {
  '1': { text: 'Pending', colour: colours.warning },
  '2': { text: 'Firing', colour: colours.critical },
};
