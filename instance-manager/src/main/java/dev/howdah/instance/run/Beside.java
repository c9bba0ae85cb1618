// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import javax.crypto.KeyAgreement;

/// A step of the start that goes on while others do.
///
/// @param <T> what it makes
final class Beside<T> {
  private final CompletableFuture<T> outcome = new CompletableFuture<>();

  private Beside() {}

  /// A step.
  @FunctionalInterface
  interface Step<T> {
    T run() throws IOException, InterruptedException, GeneralSecurityException;
  }

  static <T> Beside<T> start(String name, Step<T> step) {
    var beside = new Beside<T>();
    Thread.ofPlatform()
        .daemon()
        .name(name)
        .start(() -> {
          try {
            beside.outcome.complete(step.run());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            beside.outcome.completeExceptionally(e);
          } catch (IOException | GeneralSecurityException | RuntimeException e) {
            beside.outcome.completeExceptionally(e);
          }
        });
    return beside;
  }

  /// What the step made, as soon as it has.
  T result() throws IOException, InterruptedException, GeneralSecurityException {
    try {
      return outcome.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException io -> throw io;
        case GeneralSecurityException security -> throw security;
        case RuntimeException unexpected -> throw unexpected;
        case null, default -> throw new IOException("a step of the start failed", e);
      }
    }
  }

  /// Computes once what each handshake of ours does: the first time takes twenty times as long, and
  /// the handshake with the API server and the first one of a probe would both wait for it.
  static boolean rehearseHandshakes() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    byte[] message = new byte[64];
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(pair.getPrivate());
    signature.update(message);
    byte[] signed = signature.sign();
    signature.initVerify(pair.getPublic());
    signature.update(message);
    boolean verified = signature.verify(signed);
    KeyPairGenerator exchange = KeyPairGenerator.getInstance("X25519");
    exchange.initialize(NamedParameterSpec.X25519);
    KeyPair own = exchange.generateKeyPair();
    KeyAgreement agreement = KeyAgreement.getInstance("X25519");
    agreement.init(own.getPrivate());
    agreement.doPhase(exchange.generateKeyPair().getPublic(), true);
    return verified & agreement.generateSecret().length > 0;
  }
}
