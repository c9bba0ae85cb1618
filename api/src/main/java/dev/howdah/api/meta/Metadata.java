// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.meta;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.schema.Field;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Name, labels and annotations that a template gives to the object made from it.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Metadata(
    @Field(value = "Name of the object; ignored where the name is fixed", maxLength = 253)
        @Nullable String name,
    @Field("Labels to add") Map<String, String> labels,
    @Field("Annotations to add") Map<String, String> annotations) {
  public Metadata {
    labels = Absent.map(labels);
    annotations = Absent.map(annotations);
  }
}
