// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageNameTest {
  @ParameterizedTest
  @CsvSource({
    "postgres:16, postgres, 16, 16",
    "ghcr.io/cloudnative-pg/postgresql:18.6-system-trixie, ghcr.io/cloudnative-pg/postgresql,"
        + " 18.6-system-trixie, 18",
    "localhost:5000/db/pg:17beta1, localhost:5000/db/pg, 17beta1, 17",
    "registry.example.org:443/pg:14, registry.example.org:443/pg, 14, 14",
    "pg:9.6.24, pg, 9.6.24, 9"
  })
  void tellsRepositoryTagAndMajor(String text, String repository, String tag, int major) {
    var name = ImageName.parse(text).orElseThrow();

    assertThat(name.repository()).isEqualTo(repository);
    assertThat(name.tag()).isEqualTo(tag);
    assertThat(name.major()).hasValue(major);
    assertThat(name.digest()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"pg", "pg:latest", "pg:v16", "pg:2024.1", "localhost:5000/pg"})
  void knowsNoMajorWhereTheTagTellsNone(String text) {
    assertThat(ImageName.parse(text).orElseThrow().major()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "pg:", "pg :16", "pg:16\n", "PG", "a//b", "pg@sha256:12", "-pg:16"})
  void refusesWhatIsNoName(String text) {
    assertThat(ImageName.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"pg", "pg:17", "host:5000/pg:17"})
  void tellsTheDigest(String text) {
    String digest = "sha256:" + "0123456789abcdef".repeat(4);

    assertThat(ImageName.parse(text + "@" + digest).orElseThrow().digest()).isEqualTo(digest);
  }
}
