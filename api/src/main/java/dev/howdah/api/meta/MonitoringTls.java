// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.meta;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.schema.Field;

/// TLS of a metrics endpoint.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record MonitoringTls(
    @Field(value = "Serve metrics over HTTPS", defaultsTo = "false") Boolean enabled) {
  public MonitoringTls {
    enabled = Absent.or(enabled, false);
  }
}
