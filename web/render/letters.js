// The typeface of everything that is written on a canvas, the drawings of frame data and of the mind included.

export const SERIF = 'Georgia, "Times New Roman", serif';
