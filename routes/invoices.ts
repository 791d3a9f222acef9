import { Hono } from 'hono';
import { cached, type EdgeEnv, path, written } from '../src/index.ts';
import { invoice, invoiceList } from './strategy.ts';

const params = { invoice_id: path('invoice_id') };

export const invoices = new Hono<EdgeEnv>()
  .get('/', cached(invoiceList, { params: {} }))
  .get('/:invoice_id', cached(invoice, { params }))
  .patch('/:invoice_id', written(invoice, { params, events: ['invoice_updated'] }));
