// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import java.util.List;

/// Addresses of a named set of pods.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record PodSelectorStatus(
    @Field(value = "Name of the set", required = true) String name,
    @Field("Addresses of the pods") List<String> ips) {
  public PodSelectorStatus {
    name = Absent.or(name, "");
    ips = Absent.list(ips);
  }
}
