import { Session, SignIn } from '../session.ts'
import { define, nothing } from './shape.ts'

export const sessionRoutes = define({
  signIn: {
    method: 'POST',
    path: '/api/v1/session',
    listener: 'admin',
    role: 'anyone',
    summary: 'Sign a browser in with a key: it gets a cookie, and never the key again',
    body: SignIn,
    reply: Session,
  },
  getSession: {
    method: 'GET',
    path: '/api/v1/session',
    listener: 'admin',
    role: 'board',
    summary: 'Who asks, and what they may do; a browser’s cookie is renewed by it for as long as the session lasts',
    reply: Session,
  },
  signOut: {
    method: 'DELETE',
    path: '/api/v1/session',
    listener: 'admin',
    role: 'board',
    summary: 'End the session of the browser that asks',
    reply: nothing,
    status: 204,
  },
})
