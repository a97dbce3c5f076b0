import { claims } from '../../src/lessons/websocket/claims.ts';
import { testClaims } from '../support/claims.ts';

testClaims('websocket', claims);
