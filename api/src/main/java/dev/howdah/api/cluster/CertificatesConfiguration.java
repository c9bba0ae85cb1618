// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Certificates brought along instead of made.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@Cel(
    value =
        "!(has(self.serverTLSSecret) && self.serverTLSSecret != '') || "
            + "(has(self.serverCASecret) && self.serverCASecret != '')",
    message = "serverTLSSecret needs serverCASecret, which clients check the certificate " + "with")
@Cel(
    value =
        "!(has(self.serverTLSSecret) && self.serverTLSSecret != '') || "
            + "!has(self.serverAltDNSNames) || size(self.serverAltDNSNames) == 0",
    message =
        "serverAltDNSNames: the names are those of the certificate in "
            + "serverTLSSecret; remove one of the two")
@Cel(
    value =
        "!(has(self.replicationTLSSecret) && self.replicationTLSSecret != '') || "
            + "(has(self.clientCASecret) && self.clientCASecret != '')",
    message =
        "replicationTLSSecret needs clientCASecret, which the server checks the "
            + "certificate with")
public record CertificatesConfiguration(
    @JsonProperty("serverCASecret")
        @Field(
            "Secret with the authority of the server's certificate (ca.crt, and ca.key where Howdah shall sign)")
        @Nullable String serverCaSecret,
    @JsonProperty("serverTLSSecret") @Field("Secret with the server's certificate and key")
        @Nullable String serverTlsSecret,
    @JsonProperty("clientCASecret") @Field("Secret with the authority of the clients' certificates")
        @Nullable String clientCaSecret,
    @JsonProperty("replicationTLSSecret")
        @Field("Secret with the certificate and key of streaming_replica")
        @Nullable String replicationTlsSecret,
    @JsonProperty("serverAltDNSNames") @Field("Further names in the server's certificate")
        List<String> serverAltDnsNames) {
  public CertificatesConfiguration {
    serverAltDnsNames = Absent.list(serverAltDnsNames);
  }
}
