import type { Subject } from '../evidence/model.ts'
import { type OfferDefect, plantableOffers } from '../tls/analyse/planted-offer.ts'

const plant = (node: string, name: string, defect: OfferDefect, drawnFrom?: number): Subject => ({
  kind: 'plant',
  key: `plant:client/${name}`,
  name: `planted client: ${name}`,
  node,
  detail: { protocol: 'client', defect: JSON.stringify(defect), ...(drawnFrom !== undefined && { drawnFrom: String(drawnFrom) }) },
})

/** Programs of this run on a node that call where the cluster's components are made to call, for FIPS-SELF-1: a sound control, and one whose offer is drawn at random. */
export const clientPlants = (draw: <T>(from: readonly T[]) => T | undefined, node: string): Subject[] => {
  const from = plantableOffers()
  const defect = draw(from)
  if (defect === undefined) throw new Error('nothing was drawn that could be planted')
  return [plant(node, 'sound', {}), plant(node, 'offer', defect, from.length)]
}
