import { callOf } from '../helpers/conformance/looks/clients.ts'
import { conversation } from '../helpers/conformance/looks/listeners.ts'
import { requirement } from '../helpers/conformance/requirement.ts'
import { agreesOnSoundHandshakes, refusesWithoutExtendedMasterSecret } from '../helpers/rules/handshake.ts'
import { offersApprovedOnly } from '../helpers/rules/outbound.ts'
import {
  isIdentified,
  leavesNoPlaintext,
  refusesOldVersions,
  refusesUnapprovedGroups,
  refusesUnapprovedSchemes,
  refusesUnapprovedSuites,
} from '../helpers/rules/refusal.ts'
import { refusesUnapprovedSsh } from '../helpers/rules/ssh.ts'

// Each listener is talked to once; every requirement here judges that conversation.

requirement('FIPS-TLS-1', ({ eachSubject }) => {
  eachSubject('refuses every version below TLS 1.2', async ({ subject, node, record, judge }) => {
    await record(conversation(node, subject))
    await judge(refusesOldVersions)
  })
})

requirement('FIPS-TLS-2', ({ eachSubject }) => {
  eachSubject('refuses every cipher suite that is not approved', async ({ subject, node, record, judge }) => {
    await record(conversation(node, subject))
    await judge(refusesUnapprovedSuites)
  })
})

requirement('FIPS-TLS-3', ({ eachSubject }) => {
  eachSubject('refuses every key exchange group that is not approved', async ({ subject, node, record, judge }) => {
    await record(conversation(node, subject))
    await judge(refusesUnapprovedGroups)
  })
})

requirement('FIPS-TLS-4', ({ eachSubject }) => {
  eachSubject('speaks no plaintext beyond loopback', async ({ subject, node, record, judge }) => {
    await record(conversation(node, subject))
    await judge(leavesNoPlaintext)
  })
})

requirement('FIPS-TLS-5', ({ eachSubject }) => {
  eachSubject('is known for what it speaks', async ({ subject, node, record, judge }) => {
    await record(conversation(node, subject))
    await judge(isIdentified)
  })
})

requirement('FIPS-TLS-6', ({ eachSubject }) => {
  eachSubject('refuses every signature scheme that is not approved', async ({ subject, node, record, judge }) => {
    await record(conversation(node, subject))
    await judge(refusesUnapprovedSchemes)
  })
})

requirement('FIPS-TLS-7', ({ eachSubject }) => {
  eachSubject('refuses TLS 1.2 without the extended master secret', async ({ subject, node, record, judge }) => {
    await record(conversation(node, subject))
    await judge(refusesWithoutExtendedMasterSecret)
  })
})

requirement('FIPS-TLS-8', ({ eachSubject }) => {
  eachSubject('agrees on sound handshakes only', async ({ subject, node, record, judge }) => {
    await record(conversation(node, subject))
    await judge(agreesOnSoundHandshakes)
  })
})

requirement('FIPS-TLS-9', ({ eachSubject }) => {
  eachSubject('offers what is approved only when it is made to call', async ({ subject, node, record, judge }) => {
    await record(callOf(node, subject))
    await judge(offersApprovedOnly)
  })
})

requirement('FIPS-SSH-1', ({ eachSubject }) => {
  eachSubject('offers no SSH algorithm that is not approved', async ({ subject, node, record, judge }) => {
    await record(conversation(node, subject))
    await judge(refusesUnapprovedSsh)
  })
})
