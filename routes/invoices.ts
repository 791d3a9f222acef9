import { Hono } from 'hono';
import { cached, type EdgeEnv, path, written } from '../src/index.ts';
import { invoice } from './strategy.ts';

const params = { invoice_id: path('invoice_id') };

export const invoices = new Hono<EdgeEnv>()
  .get('/:invoice_id', cached(invoice, { params }))
  .patch('/:invoice_id', written(invoice, { params }));
