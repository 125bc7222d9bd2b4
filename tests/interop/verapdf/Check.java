import java.io.File;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Is each file a PDF/A-3b? A line for each: "ok FILE", or "no FILE" and what is wrong with it. */
public class Check {
    public static void main(String[] files) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        for (String file : files) {
            try (PDFAParser parser = Foundries.defaultInstance()
                     .createParser(new File(file), PDFAFlavour.PDFA_3_B);
                 PDFAValidator validator = Foundries.defaultInstance()
                     .createValidator(PDFAFlavour.PDFA_3_B, false)) {
                ValidationResult result = validator.validate(parser);
                System.out.println((result.isCompliant() ? "ok " : "no ") + file);
                for (TestAssertion a : result.getTestAssertions())
                    System.out.println("  " + a.getRuleId().getClause() + ": " + a.getMessage());
            }
        }
    }
}
