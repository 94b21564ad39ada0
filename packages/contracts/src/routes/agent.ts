import {
  NextReply,
  NextRequest,
  OnboardReply,
  OnboardRequest,
  PhoneHomeReply,
  PhoneHomeRequest,
  ReportReply,
  ReportRequest,
} from '../agent.ts'
import { define } from './shape.ts'

export const agentRoutes = define({
  onboard: {
    method: 'POST',
    path: '/agent/v1/onboard',
    listener: 'open',
    summary: 'An agent introduces its machine',
    operationId: 'onboardMachine',
    body: OnboardRequest,
    reply: OnboardReply,
  },
  next: {
    method: 'POST',
    path: '/agent/v1/next',
    listener: 'open',
    summary: 'The next action of the machine’s run, leased',
    operationId: 'takeAction',
    body: NextRequest,
    reply: NextReply,
  },
  report: {
    method: 'POST',
    path: '/agent/v1/report',
    listener: 'open',
    summary: 'Progress, log lines and result of an action',
    operationId: 'reportAction',
    body: ReportRequest,
    reply: ReportReply,
  },
  phoneHome: {
    method: 'POST',
    path: '/agent/v1/phone-home',
    listener: 'open',
    summary: 'The installed OS reports itself',
    body: PhoneHomeRequest,
    reply: PhoneHomeReply,
  },
})
