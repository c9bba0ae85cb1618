// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import io.fabric8.kubernetes.api.model.LabelSelector;

/// A named set of pods.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record PodSelectorReference(
    @Field(
            value = "Name, used in pg_hba lines as ${podselector:NAME}",
            required = true,
            minLength = 1,
            maxLength = 63,
            pattern = "^[a-z]([a-z0-9_-]*[a-z0-9])?$")
        String name,
    @Field(value = "Which pods of the namespace", required = true) LabelSelector selector) {
  public PodSelectorReference {
    name = Absent.or(name, "");
  }
}
