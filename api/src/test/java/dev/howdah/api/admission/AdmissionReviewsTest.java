// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.admission;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.corpus.Corpus;
import dev.howdah.api.rules.DefaultSettings;
import dev.howdah.api.rules.Defaults;
import java.io.IOException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AdmissionReviewsTest {
  private static final ObjectNode LEAST = Corpus.valid().get("Cluster/least");

  private final AdmissionReviews reviews =
      new AdmissionReviews(new ResourceAdmission(DefaultSettings.STANDARD));

  private static ObjectNode review(ObjectNode now, @Nullable ObjectNode before) {
    ObjectNode review = JsonNodeFactory.instance.objectNode();
    ObjectNode request = review.putObject("request").put("uid", "42");
    request.set("object", now);
    request.set("oldObject", before);
    return review;
  }

  @Test
  void fillsDefaultsInByAPatchOfTheSpecification() throws IOException {
    JsonNode response = reviews.mutate(review(LEAST, null)).path("response");

    JsonNode patch =
        new ObjectMapper().readTree(Base64.getDecoder().decode(response.path("patch").asText()));
    assertThat(response.path("allowed").asBoolean()).isTrue();
    assertThat(response.path("uid").asText()).isEqualTo("42");
    assertThat(patch.path(0).path("path").asText()).isEqualTo("/spec");
    assertThat(patch.path(0).path("value")).isEqualTo(Defaults.apply(LEAST).path("spec"));
  }

  @Test
  void patchesNothingThatHasItsDefaults() {
    assertThat(reviews.mutate(review(Defaults.apply(LEAST), null)).path("response").has("patch"))
        .isFalse();
  }

  @Test
  void refusesWithACauseForEachError() {
    ObjectNode cluster = LEAST.deepCopy();
    ((ObjectNode) cluster.get("spec")).put("imageName", "pg:latest").put("maxSyncReplicas", 3);

    JsonNode response = reviews.validate(review(cluster, null)).path("response");

    assertThat(response.path("allowed").asBoolean()).isFalse();
    JsonNode causes = response.path("status").path("details").path("causes");
    assertThat(causes).hasSize(2);
    assertThat(causes.path(0).path("field").asText()).isEqualTo("spec.imageName");
    assertThat(response.path("status").path("message").asText())
        .startsWith("Cluster \"least\" is invalid: [spec.imageName: Invalid value: \"pg:latest\"");
  }

  @Test
  void warnsWithoutRefusing() {
    ObjectNode cluster = LEAST.deepCopy();
    ((ObjectNode) cluster.get("spec")).put("instances", 2);

    JsonNode response = reviews.validate(review(cluster, null)).path("response");

    assertThat(response.path("allowed").asBoolean()).isTrue();
    assertThat(response.path("warnings").path(0).asText())
        .startsWith("spec.postgresql.synchronous: without synchronous replication");
  }

  @Test
  void letsAnObjectGoThatNeverWasValid() {
    ObjectNode cluster = LEAST.deepCopy();
    ((ObjectNode) cluster.get("spec")).put("imageName", "pg:latest");
    ObjectNode labelled = cluster.deepCopy();
    ((ObjectNode) labelled.get("metadata")).putObject("labels").put("a", "b");
    ObjectNode going = LEAST.deepCopy();
    ((ObjectNode) going.get("metadata")).put("deletionTimestamp", "2026-01-01T00:00:00Z");
    ((ObjectNode) going.get("spec")).put("instances", -1);

    assertThat(reviews.validate(review(labelled, cluster)).at("/response/allowed").asBoolean())
        .isTrue();
    assertThat(reviews.validate(review(going, cluster)).at("/response/allowed").asBoolean())
        .isTrue();
    assertThat(reviews.mutate(review(going, cluster)).path("response").has("patch")).isFalse();
  }

  @Test
  void allowsDeletions() {
    ObjectNode review = JsonNodeFactory.instance.objectNode();
    review.putObject("request").put("uid", "42").putNull("object");

    assertThat(reviews.validate(review).at("/response/allowed").asBoolean()).isTrue();
    assertThat(reviews.mutate(review).at("/response/allowed").asBoolean()).isTrue();
  }
}
