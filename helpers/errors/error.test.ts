import { describe, expect, it } from 'vitest'
import { explain, FipsConformanceError, type Trouble, troubleToJson } from './error.ts'

const whole: Trouble = {
  code: 'KIND_NAME_TAKEN',
  what: 'there is a cluster named lab already',
  where: 'kind create cluster',
  why: 'first line\nsecond line\n',
  remedy: 'take another name\nor remove it',
  exit: 3,
}

describe('FipsConformanceError', () => {
  it('carries its code in its message, its trouble, and its cause', () => {
    const cause = new Error('beneath')
    const error = new FipsConformanceError({ ...whole, cause })
    expect(error).toBeInstanceOf(Error)
    expect({ name: error.name, message: error.message, code: error.code, cause: error.cause, exit: error.trouble.exit }).toEqual({
      name: 'FipsConformanceError',
      message: 'KIND_NAME_TAKEN: there is a cluster named lab already',
      code: 'KIND_NAME_TAKEN',
      cause,
      exit: 3,
    })
  })
})

describe('explain', () => {
  it('shows what, where, why and what to do, lines under each other', () => {
    expect(explain(whole).split('\n')).toEqual([
      'error KIND_NAME_TAKEN: there is a cluster named lab already',
      '  where: kind create cluster',
      '  why:   first line',
      '         second line',
      '  do:    take another name',
      '         or remove it',
    ])
  })

  it('leaves out what is not known', () => {
    expect(explain({ code: 'X', what: 'y', where: '', why: '' })).toBe('error X: y')
  })
})

it('shows machines everything but the cause', () => {
  expect(JSON.parse(JSON.stringify(troubleToJson({ ...whole, cause: { secret: 1n } })))).toEqual({ error: whole })
})
