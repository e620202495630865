import { protocolVectors, vectorsJson } from './protocol-vectors.ts';
import { vectorsHeader } from './vectors-header.ts';

/** The generated files, by their paths from the root of the project. */
export function vectorFiles(): Record<string, string> {
  const vectors = protocolVectors();
  return {
    'gen/vectors/vectors.json': vectorsJson(vectors),
    'gen/vectors/vectors.hpp': vectorsHeader(vectors),
  };
}
