/** Import path of a Go function: up to the first dot behind the last slash. Type arguments and receivers come later in the name. */
export const packageOf = (name: string): string => {
  const round = name.indexOf('(')
  const square = name.indexOf('[')
  const end = round < 0 ? square : square < 0 ? round : Math.min(round, square)
  const bare = end < 0 ? name : name.slice(0, end)
  const dot = bare.indexOf('.', bare.lastIndexOf('/') + 1)
  return dot < 0 ? bare : bare.slice(0, dot)
}
