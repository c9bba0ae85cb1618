// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.howdah.objectstore.StoreException.Kind;
import java.net.ConnectException;
import java.net.URI;
import java.security.cert.CertPathBuilderException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

class FaultsTest {
  private static final URI BASE = URI.create("https://store:9000");

  @Test
  void triesNoSecondTimeWhereTheCertificateIsNotTrusted() {
    var handshake = new SSLHandshakeException("PKIX path building failed");
    handshake.initCause(new CertPathBuilderException("unable to find valid certification path"));

    var fault = Faults.of(BASE, handshake);

    assertThat(fault.kind()).isEqualTo(Kind.UNTRUSTED);
    assertThat(fault.isTransient()).isFalse();
    assertThat(fault).hasMessageContaining("give its certificate authority as endpointCA");
  }

  @Test
  void triesAgainWhereNobodyAnswers() {
    var fault = Faults.of(BASE, new ConnectException("Connection refused"));

    assertThat(fault.kind()).isEqualTo(Kind.UNREACHABLE);
    assertThat(fault.isTransient()).isTrue();
  }
}
