/**
 * Noise's prologue: binds the handshake to this protocol and to the device id that was said in clear
 * (docs/protocol-v1.md, section 4).
 */
export function prologueOf(deviceId: string): Buffer {
  return Buffer.from(`sealpost.v1\0${deviceId}`, 'ascii');
}
