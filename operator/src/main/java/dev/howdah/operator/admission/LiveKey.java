// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.admission;

import dev.howdah.service.pki.CertifiedKey;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The certificate that a server shows; it can be replaced while the server runs.
public final class LiveKey extends X509ExtendedKeyManager {
  private static final Logger LOG = LoggerFactory.getLogger(LiveKey.class);
  private static final String ALIAS = "webhook";

  private volatile CertifiedKey current;

  LiveKey(CertifiedKey first) {
    this.current = first;
  }

  /// The certificate that a folder holds as `tls.crt` and `tls.key`.
  ///
  /// @throws IOException if there is none
  public static LiveKey in(Path folder) throws IOException {
    return new LiveKey(read(folder));
  }

  static CertifiedKey read(Path folder) throws IOException {
    return CertifiedKey.fromPem(
        Files.readString(folder.resolve("tls.crt")), Files.readString(folder.resolve("tls.key")));
  }

  /// Takes what the folder holds now; what can't be used changes nothing.
  public void reread(Path folder) {
    try {
      replace(read(folder));
    } catch (IOException | IllegalArgumentException e) {
      LOG.atWarn()
          .addKeyValue("folder", folder)
          .addKeyValue("cause", e.getMessage())
          .log("certificate not read");
    }
  }

  CertifiedKey current() {
    return current;
  }

  void replace(CertifiedKey next) {
    current = next;
  }

  /// For a server.
  public SSLContext context() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {this}, null, new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no TLS", e);
    }
  }

  @Override
  public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
    return ALIAS;
  }

  @Override
  public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
    return ALIAS;
  }

  @Override
  public String[] getServerAliases(String keyType, Principal[] issuers) {
    return new String[] {ALIAS};
  }

  @Override
  public X509Certificate[] getCertificateChain(String alias) {
    return new X509Certificate[] {current.certificate()};
  }

  @Override
  public PrivateKey getPrivateKey(String alias) {
    return current.key();
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal[] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
    return null;
  }
}
