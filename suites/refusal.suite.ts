import { conversation } from '../helpers/conformance/looks/listeners.ts'
import { requirement } from '../helpers/conformance/requirement.ts'
import {
  isIdentified,
  leavesNoPlaintext,
  refusesOldVersions,
  refusesUnapprovedGroups,
  refusesUnapprovedSuites,
} from '../helpers/rules/refusal.ts'

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
