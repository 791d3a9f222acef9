import { Hono } from 'hono';
import { cached, type EdgeEnv } from '../src/index.ts';
import { permissions } from './strategy.ts';

export const me = new Hono<EdgeEnv>().get('/permissions', cached(permissions, { params: {} }));
