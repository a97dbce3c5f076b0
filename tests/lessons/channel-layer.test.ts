import { claims } from '../../src/lessons/channel-layer/claims.ts';
import { testClaims } from '../support/claims.ts';

testClaims('channel-layer', claims);
