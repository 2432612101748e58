import { stringify } from 'yaml'
import type { Cluster } from './config.ts'

/**
 * The YAML document that `kind create cluster --config` reads. Same config, same text.
 * Source: kind v0.33.0, pkg/internal/apis/config/encoding/load.go (kind and apiVersion decide the decoder, unknown fields are errors).
 */
export const toYaml = (config: Cluster): string =>
  stringify(
    { ...config, kind: 'Cluster', apiVersion: 'kind.x-k8s.io/v1alpha4' },
    {
      // Folded lines would still be valid YAML, but patches are programs' text and are read by people when they fail.
      lineWidth: 0,
      // The same node object may stand in the list three times: three nodes, no anchors.
      aliasDuplicateObjects: false,
      // Quotes `yes`, `on` and `0123` too: Go's decoder still knows YAML 1.1's spellings.
      version: '1.1',
    },
  )
