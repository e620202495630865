import { describe, expect, it } from 'vitest';
import { importEphemeral, x25519 } from '../../src/crypto/noise.ts';
import { hex } from '../hex.ts';

const multiply = (scalar: string, point: string) =>
  x25519(importEphemeral(hex(scalar)).privateKey, hex(point))?.toString('hex');

describe('X25519', () => {
  it('gives the answers of RFC 7748, section 5.2', () => {
    expect(
      multiply(
        'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
        'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
      ),
    ).toBe('c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552');
    expect(
      multiply(
        '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
        'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
      ),
    ).toBe('95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957');
  });

  it('gives the answers of section 5.2 after 1 and 1,000 iterations', () => {
    let scalar = hex(`09${'00'.repeat(31)}`);
    let point = scalar;
    const results: string[] = [];
    for (let iteration = 0; iteration < 1000; iteration += 1) {
      const result = x25519(importEphemeral(scalar).privateKey, point) ?? Buffer.alloc(0);
      [scalar, point] = [result, scalar];
      results.push(result.toString('hex'));
    }
    expect(results[0]).toBe('422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079');
    expect(results[999]).toBe('684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51');
  });

  it('gives the key pairs and the shared secret of section 6.1', () => {
    const alice = importEphemeral(hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'));
    const bob = importEphemeral(hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'));
    const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';
    expect(alice.publicKey.toString('hex')).toBe('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a');
    expect(bob.publicKey.toString('hex')).toBe('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
    expect(x25519(alice.privateKey, bob.publicKey)?.toString('hex')).toBe(shared);
    expect(x25519(bob.privateKey, alice.publicKey)?.toString('hex')).toBe(shared);
  });

  // The points of small order, with 2^255 - 19 added where that still fits: each gives the all-zero result.
  const smallOrder = [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    `ec${'ff'.repeat(30)}7f`,
    `ed${'ff'.repeat(30)}7f`,
    `ee${'ff'.repeat(30)}7f`,
  ];
  it.each(smallOrder)('refuses the small-order point %s (section 6.1)', (point) => {
    expect(multiply('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a', point)).toBeUndefined();
  });
});
