// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import org.junit.jupiter.api.Test;

class ScramTest {
  @Test
  void answersAsTheExampleOfRfc7677() {
    var exchange = new Scram.Exchange("user", "pencil", "rOprNGfwEbeRWgbNEkqO");

    assertThat(exchange.first()).isEqualTo("n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    assertThat(
            exchange.answer(
                "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"))
        .isEqualTo(
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    exchange.verify("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    assertThatThrownBy(() -> exchange.verify("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void refusesAServerThatDoesNotContinueOurNonce() {
    var exchange = new Scram.Exchange("", "pencil", "abc");

    assertThatThrownBy(() -> exchange.answer("r=abd123,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> exchange.answer("r=abc,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void makesVerifiersThatKnowTheirPassword() {
    byte[] salt = Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ==");
    String verifier = Scram.verifier("pencil", salt, 4096);

    assertThat(verifier)
        .isEqualTo(
            "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
                + ":wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
    assertThat(Scram.isVerifier(verifier)).isTrue();
    assertThat(Scram.isVerifier("md5" + "0".repeat(32))).isTrue();
    assertThat(Scram.isVerifier("SCRAM-SHA-256$x")).isFalse();
    assertThat(Scram.matches(verifier, "pencil")).isTrue();
    assertThat(Scram.matches(verifier, "Pencil")).isFalse();
    assertThat(Scram.verifier("pencil")).isNotEqualTo(Scram.verifier("pencil"));
  }
}
