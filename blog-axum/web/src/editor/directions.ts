import { RangeSetBuilder } from '@codemirror/state'
import { Decoration, EditorView, ViewPlugin, type DecorationSet, type ViewUpdate } from '@codemirror/view'

const byItsText = Decoration.line({ attributes: { dir: 'auto' } })

class Directions {
  decorations: DecorationSet

  constructor(view: EditorView) {
    this.decorations = shown(view)
  }

  update({ docChanged, viewportChanged, view }: ViewUpdate): void {
    if (docChanged || viewportChanged) this.decorations = shown(view)
  }
}

function shown(view: EditorView): DecorationSet {
  const lines = new RangeSetBuilder<Decoration>()
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to; ) {
      const line = view.state.doc.lineAt(at)
      lines.add(line.from, line.from, byItsText)
      at = line.to + 1
    }
  }
  return lines.finish()
}

/** Each line runs in the direction of its own text. */
export const directions = [
  EditorView.perLineTextDirection.of(true),
  ViewPlugin.fromClass(Directions, { decorations: (plugin) => plugin.decorations }),
]
