// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;

/// An architecture that the instance manager exists for.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Architecture(
    @Field(value = "Name, such as amd64", required = true) String goArch,
    @Field(value = "Hash of the program", required = true) String hash) {
  public Architecture {
    goArch = Absent.or(goArch, "");
    hash = Absent.or(hash, "");
  }
}
