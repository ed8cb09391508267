assurance.certified-hosting
Datacentren har de namngivna certifikaten

Parametrar    certificates: Certifikaten
                en lista
                krävs, till exempel [ISO 27001, CSA STAR]
Hålls         intygat: människor registrerar det, med datum
Kontroller    A.5.21 Managing information security in the ICT supply chain
              A.5.22 Monitoring, review and change management of supplier services
              A.5.23 Information security for use of cloud services
              A.7.1 Physical security perimeters
Regler        inga: en utformning kan inte visa om det hålls
