// SPDX-License-Identifier: Apache-2.0
package dev.howdah.service.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.interfaces.ECPrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CertificateAuthorityTest {
  private static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");
  private static final Duration DAYS_90 = Duration.ofDays(90);
  private final CertificateAuthority authority =
      CertificateAuthority.create(
          "customer-postgres", "database", DAYS_90, InstantSource.fixed(NOW));

  @Test
  void issuesWhatWasAskedFor() {
    var request =
        new LeafRequest(
            "streaming_replica",
            List.of("system:masters", "b, with a comma"),
            List.of("db-rw", "db-rw.database.svc"),
            List.of("127.0.0.1", "::1"),
            Set.of(LeafRequest.Usage.SERVER, LeafRequest.Usage.CLIENT),
            Duration.ofDays(7));

    var leaf = authority.issue(request);

    var facts = CertificateFacts.of(leaf.certificate());
    assertThat(facts)
        .isEqualTo(
            new CertificateFacts(
                "streaming_replica",
                List.of("system:masters", "b, with a comma"),
                List.of("db-rw", "db-rw.database.svc"),
                List.of("127.0.0.1", "0:0:0:0:0:0:0:1"),
                NOW.minus(CertificateAuthority.CLOCK_TOLERANCE),
                NOW.plus(Duration.ofDays(7)),
                false));
    assertThat(CertificateFacts.signedBy(leaf.certificate(), authority.self().certificate()))
        .isTrue();
    assertThat(facts.namesAll(List.of("db-rw"))).isTrue();
    assertThat(facts.endsWithin(Duration.ofDays(6), NOW)).isFalse();
    assertThat(facts.endsWithin(Duration.ofDays(7), NOW)).isTrue();
  }

  @Test
  void renewsTheAuthorityWithTheSameKeySoThatWhatItIssuedStaysValid() {
    var leaf = authority.issue(LeafRequest.server("db", List.of("db"), DAYS_90));

    var renewed = authority.renew(Duration.ofDays(180));

    assertThat(renewed.self().certificate()).isNotEqualTo(authority.self().certificate());
    assertThat(CertificateFacts.of(renewed.self().certificate()).authority()).isTrue();
    assertThat(CertificateFacts.signedBy(leaf.certificate(), renewed.self().certificate()))
        .isTrue();
  }

  @Test
  void keepsTheKeyWhenAskedTo() {
    var first = authority.issue(LeafRequest.client("app", DAYS_90));

    var second = authority.issue(LeafRequest.client("app", DAYS_90), first.keyPair());

    assertThat(second.key()).isEqualTo(first.key());
    assertThat(second.certificate().getSerialNumber())
        .isNotEqualTo(first.certificate().getSerialNumber());
  }

  @Test
  void tellsAnotherAuthorityOfTheSameNameApart() {
    var other =
        CertificateAuthority.create(
            "customer-postgres", "database", DAYS_90, InstantSource.fixed(NOW));
    var leaf = authority.issue(LeafRequest.client("app", DAYS_90));

    assertThat(CertificateFacts.signedBy(leaf.certificate(), other.self().certificate())).isFalse();
  }

  @Test
  void readsBackBothFormsOfItsKeys() {
    var leaf = authority.issue(LeafRequest.client("app", DAYS_90));

    assertThat(leaf.sec1Pem()).startsWith("-----BEGIN EC PRIVATE KEY-----");
    assertThat(((ECPrivateKey) Pem.privateKey(leaf.sec1Pem())).getS())
        .isEqualTo(((ECPrivateKey) leaf.key()).getS());
    assertThat(CertifiedKey.fromPem(leaf.certificatePem(), leaf.keyPem())).isEqualTo(leaf);
  }

  @Test
  void saysWhatIsMissingInAText() {
    assertThatThrownBy(() -> Pem.certificates("nothing")).hasMessageContaining("no certificate");
    assertThatThrownBy(() -> Pem.privateKey("nothing"))
        .hasMessageContaining("no unencrypted private key");
  }

  @Test
  void neverPrintsAKey() {
    assertThat(authority.self().toString()).contains("customer-postgres").doesNotContain("BEGIN");
  }
}
