// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.admission;

import dev.howdah.http.PresentedKey;
import dev.howdah.service.pki.CertifiedKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The certificate that a server shows; it can be replaced while the server runs.
public final class LiveKey {
  private static final Logger LOG = LoggerFactory.getLogger(LiveKey.class);

  private final PresentedKey shown = new PresentedKey();
  private volatile CertifiedKey current;

  LiveKey(CertifiedKey first) {
    this.current = first;
    replace(first);
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
    shown.present(List.of(next.certificate()), next.key());
    current = next;
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
