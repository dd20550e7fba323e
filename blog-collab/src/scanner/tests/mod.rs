mod attacks;
mod edits;
mod forms;
mod properties;
