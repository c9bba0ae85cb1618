// SPDX-License-Identifier: Apache-2.0
package dev.howdah.http;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/// Presents one certificate, which may be replaced while connections go on.
///
/// Java's own key managers read from a `KeyStore`, which encrypts and decrypts the key with a
/// password by ten thousand rounds of hashing, for nothing where the key is in memory anyway.
public final class PresentedKey extends X509ExtendedKeyManager {
  private static final String ALIAS = "own";
  private volatile @Nullable Own own;

  private record Own(X509Certificate[] chain, PrivateKey key) {}

  /// Presents nothing until [#present] is called.
  public PresentedKey() {}

  /// @param chain the key's own certificate first, then those that lead to its authority
  public PresentedKey(List<X509Certificate> chain, PrivateKey key) {
    present(chain, key);
  }

  /// Presents this one from the next handshake on.
  public void present(List<X509Certificate> chain, PrivateKey key) {
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("a key without a certificate");
    }
    own = new Own(chain.toArray(X509Certificate[]::new), key);
  }

  /// True once there is a certificate.
  public boolean isReady() {
    return own != null;
  }

  private @Nullable String alias(String keyType) {
    Own known = own;
    // A key type may name the signature algorithm too, as in EC_EC.
    return known != null && keyType.startsWith(known.key().getAlgorithm()) ? ALIAS : null;
  }

  private String @Nullable [] aliases(String keyType) {
    String alias = alias(keyType);
    return alias == null ? null : new String[] {alias};
  }

  private @Nullable String first(String[] keyTypes) {
    for (String type : keyTypes) {
      if (alias(type) != null) {
        return ALIAS;
      }
    }
    return null;
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return aliases(keyType);
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return first(keyTypes);
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return first(keyTypes);
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return aliases(keyType);
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return alias(keyType);
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return alias(keyType);
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    Own known = own;
    return known == null ? null : known.chain().clone();
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    Own known = own;
    return known == null ? null : known.key();
  }
}
