// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.admission;

import dev.howdah.http.PresentedKey;
import dev.howdah.service.pki.CertifiedKey;
import dev.howdah.service.pki.Pem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The certificate that a server shows; it can be replaced while the server runs.
public final class LiveKey {
  private static final Logger LOG = LoggerFactory.getLogger(LiveKey.class);

  private final PresentedKey shown = new PresentedKey();
  private volatile X509Certificate current;

  LiveKey(CertifiedKey first) {
    this.current = first.certificate();
    replace(first);
  }

  private LiveKey(Path folder) throws IOException {
    this.current = read(folder);
  }

  /// The certificate that a folder holds as `tls.crt` and `tls.key`.
  ///
  /// @throws IOException if there is none that can be used
  public static LiveKey in(Path folder) throws IOException {
    return new LiveKey(folder);
  }

  /// Shows what the folder holds now, with the certificates that lead to its authority.
  private X509Certificate read(Path folder) throws IOException {
    String certificate = Files.readString(folder.resolve("tls.crt"));
    String key = Files.readString(folder.resolve("tls.key"));
    try {
      List<X509Certificate> chain = Pem.certificates(certificate);
      shown.present(chain, Pem.privateKey(key));
      return chain.getFirst();
    } catch (IllegalArgumentException e) {
      throw new IOException("%s: %s".formatted(folder, e.getMessage()), e);
    }
  }

  /// Takes what the folder holds now; what can't be used changes nothing.
  public void reread(Path folder) {
    try {
      current = read(folder);
    } catch (IOException e) {
      LOG.atWarn()
          .addKeyValue("folder", folder)
          .addKeyValue("cause", e.getMessage())
          .log("certificate not read");
    }
  }

  X509Certificate current() {
    return current;
  }

  void replace(CertifiedKey next) {
    shown.present(List.of(next.certificate()), next.key());
    current = next.certificate();
  }

  /// For a server.
  public SSLContext context() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {shown}, null, new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no TLS", e);
    }
  }
}
