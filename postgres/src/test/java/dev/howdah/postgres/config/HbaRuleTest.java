// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HbaRuleTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# a comment",
        "local all all peer map=local",
        "host all all all scram-sha-256",
        "host all all 10.0.0.0/8 md5 # old",
        "host all all 10.0.0.0 255.0.0.0 reject",
        "host all all fe80::/10 trust",
        "host all all .example.com password",
        "hostssl all all ::1/128 cert clientcert=verify-full map=x",
        "hostssl a,b,\"c d\" \"x\"\"y\",+grp samenet scram-sha-256 clientcert=verify-ca",
        "host a, b c all md5",
        "host all all 0.0.0.0/0 ldap ldapserver=x ldapprefix=\"uid=\" ldapsuffix=\",dc=x\"",
        "host all all 0.0.0.0/0 ldap ldapurl=\"ldap://x/dc=y?uid?sub\"",
        "host all all all pam pamservice=x"
      })
  void takesWhatPostgresqlTakes(String line) {
    assertThat(HbaRule.problemWith(line, 16)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hots all all all trust",
        "host all all",
        "host all all 10.0.0.1 trust",
        "host all all 10.0.0.1/33 trust",
        "host all all ::1/129 trust",
        "host all all ::::/3 trust",
        "host all all example.com/24 trust",
        "host all all all nonsense",
        "host all all all peer",
        "host all all all cert",
        "host all all all md5 map=x",
        "host all all all md5 clientcert=verify-full",
        "host all all all ldap ldapprefix=x",
        "host all all all ldap ldapserver=x ldapprefix=y ldapbasedn=z",
        "host all all all radius",
        "host all all all trust loose",
        "host all @/etc/passwd all trust",
        "include other.conf",
        "host all all all trust \\",
        "host all \"all all trust",
        "host all all all trust\nhost all all all trust",
        "host /( all all trust",
        "host all all all oauth issuer=x scope=y"
      })
  void refusesWhatWouldKeepTheServerFromStarting(String line) {
    assertThat(HbaRule.problemWith(line, 16)).isPresent();
  }

  @Test
  void judgesMaps() {
    assertThat(HbaRule.problemWithMap("m alice app")).isEmpty();
    assertThat(HbaRule.problemWithMap("m /^(.*)@x$ \\1")).isEmpty();
    assertThat(HbaRule.problemWithMap("m alice")).isPresent();
    assertThat(HbaRule.problemWithMap("m /( app")).isPresent();
  }
}
