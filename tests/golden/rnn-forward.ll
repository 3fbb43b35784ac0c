; ModuleID = "rnn"
target triple = "unknown-unknown-unknown"
target datalayout = ""

define void @"forward"(ptr %"words", i64 %"begin", i64 %"end", i64 %"part", i64 %"parts") nounwind
{
entry:
  %".7" = getelementptr i64, ptr %"words", i64 0
  %"table" = load ptr, ptr %".7", align 8
  %".9" = getelementptr i64, ptr %"words", i64 1
  %"steps" = load i64, ptr %".9", align 8
  %".11" = getelementptr i64, ptr %"words", i64 2
  %"hidden" = load i64, ptr %".11", align 8
  %".13" = getelementptr i64, ptr %"words", i64 3
  %"inputs" = load i64, ptr %".13", align 8
  %".15" = getelementptr i64, ptr %"words", i64 4
  %"head" = load i64, ptr %".15", align 8
  %".17" = getelementptr i64, ptr %"words", i64 5
  %"head.panel" = load i64, ptr %".17", align 8
  %".19" = getelementptr i64, ptr %"words", i64 6
  %"edge" = load i64, ptr %".19", align 8
  %".21" = getelementptr i64, ptr %"words", i64 7
  %"barrier" = load ptr, ptr %".21", align 8
  %".23" = getelementptr i64, ptr %"words", i64 8
  %"vectors" = load ptr, ptr %".23", align 8
  %".25" = getelementptr i64, ptr %"words", i64 9
  %"lengths" = load ptr, ptr %".25", align 8
  %".27" = getelementptr i64, ptr %"words", i64 10
  %"time" = load i64, ptr %".27", align 8
  %".29" = getelementptr i64, ptr %"words", i64 11
  %"time.step" = load i64, ptr %".29", align 8
  %".31" = getelementptr i64, ptr %"words", i64 12
  %"phase" = load i64, ptr %".31", align 8
  %".33" = getelementptr i64, ptr %"words", i64 13
  %"seed" = load i64, ptr %".33", align 8
  %".35" = getelementptr i64, ptr %"words", i64 14
  %"x" = load ptr, ptr %".35", align 8
  %".37" = getelementptr i64, ptr %"words", i64 15
  %"x.step" = load i64, ptr %".37", align 8
  %".39" = getelementptr i64, ptr %"words", i64 16
  %"x.row" = load i64, ptr %".39", align 8
  %".41" = getelementptr i64, ptr %"words", i64 17
  %"projected" = load ptr, ptr %".41", align 8
  %".43" = getelementptr i64, ptr %"words", i64 18
  %"projected.step" = load i64, ptr %".43", align 8
  %".45" = getelementptr i64, ptr %"words", i64 19
  %"projected.row" = load i64, ptr %".45", align 8
  %".47" = getelementptr i64, ptr %"words", i64 20
  %"before.h" = load ptr, ptr %".47", align 8
  %".49" = getelementptr i64, ptr %"words", i64 21
  %"before.h.row" = load i64, ptr %".49", align 8
  %".51" = getelementptr i64, ptr %"words", i64 22
  %"state.h" = load ptr, ptr %".51", align 8
  %".53" = getelementptr i64, ptr %"words", i64 23
  %"state.h.step" = load i64, ptr %".53", align 8
  %".55" = getelementptr i64, ptr %"words", i64 24
  %"state.h.row" = load i64, ptr %".55", align 8
  %".57" = getelementptr i64, ptr %"words", i64 25
  %"state.h.ring" = load i64, ptr %".57", align 8
  %".59" = getelementptr i64, ptr %"words", i64 26
  %"kept" = load ptr, ptr %".59", align 8
  %".61" = getelementptr i64, ptr %"words", i64 27
  %"kept.step" = load i64, ptr %".61", align 8
  %".63" = getelementptr i64, ptr %"words", i64 28
  %"kept.row" = load i64, ptr %".63", align 8
  %".65" = getelementptr i64, ptr %"words", i64 29
  %"delta" = load ptr, ptr %".65", align 8
  %".67" = getelementptr i64, ptr %"words", i64 30
  %"delta.step" = load i64, ptr %".67", align 8
  %".69" = getelementptr i64, ptr %"words", i64 31
  %"delta.row" = load i64, ptr %".69", align 8
  %".71" = getelementptr i64, ptr %"words", i64 32
  %"delta.ring" = load i64, ptr %".71", align 8
  %".73" = getelementptr i64, ptr %"words", i64 33
  %"carried" = load ptr, ptr %".73", align 8
  %".75" = getelementptr i64, ptr %"words", i64 34
  %"spill" = load ptr, ptr %".75", align 8
  %".77" = getelementptr i64, ptr %"words", i64 35
  %"weight" = load ptr, ptr %".77", align 8
  %".79" = getelementptr i64, ptr %"words", i64 36
  %"sum" = load ptr, ptr %".79", align 8
  %".81" = getelementptr i64, ptr %"words", i64 37
  %"partial" = load ptr, ptr %".81", align 8
  %".83" = getelementptr i64, ptr %"words", i64 38
  %"sample" = load ptr, ptr %".83", align 8
  %".85" = getelementptr i64, ptr %"words", i64 39
  %"sample.step" = load i64, ptr %".85", align 8
  %".87" = getelementptr i64, ptr %"words", i64 40
  %"sample.row" = load i64, ptr %".87", align 8
  %".89" = getelementptr i64, ptr %"words", i64 41
  %"kept_sum" = load ptr, ptr %".89", align 8
  %".91" = getelementptr i64, ptr %"words", i64 42
  %"kept_sum.step" = load i64, ptr %".91", align 8
  %".93" = getelementptr i64, ptr %"words", i64 43
  %"kept_sum.row" = load i64, ptr %".93", align 8
  %".95" = getelementptr i64, ptr %"words", i64 44
  %"raw" = load ptr, ptr %".95", align 8
  %".97" = getelementptr i64, ptr %"words", i64 45
  %"raw.step" = load i64, ptr %".97", align 8
  %".99" = getelementptr i64, ptr %"words", i64 46
  %"raw.row" = load i64, ptr %".99", align 8
  %".101" = getelementptr i64, ptr %"words", i64 47
  %"matrix0" = load ptr, ptr %".101", align 8
  %".103" = getelementptr i64, ptr %"words", i64 48
  %"bias0" = load ptr, ptr %".103", align 8
  %".105" = getelementptr i64, ptr %"words", i64 49
  %"matrix1" = load ptr, ptr %".105", align 8
  %".107" = getelementptr i64, ptr %"words", i64 50
  %"bias1" = load ptr, ptr %".107", align 8
  %".109" = alloca i32
  %".110" = alloca i32
  call void @"llvm.x86.sse.stmxcsr"(i32* %".109")
  %".112" = load i32, i32* %".109"
  %".113" = or i32 %".112", 32832
  store i32 %".113", i32* %".110"
  call void @"llvm.x86.sse.ldmxcsr"(i32* %".110")
  %".116" = add i64 7, %"hidden"
  %".117" = udiv i64 %".116", 8
  %".118" = mul i64 %".117", 8
  %".119" = alloca i64
  store i64 0, i64* %".119"
  %".121" = alloca [256 x float], align 64
  store <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, ptr %".121", align 4
  %".123" = getelementptr float, ptr %".121", i64 8
  store <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, ptr %".123", align 4
  %".125" = icmp slt i64 0, %"steps"
  %".161" = alloca [96 x float], align 64
  %".162" = alloca [96 x float], align 64
  %".372" = alloca i64
  br i1 %".125", label %"t.loop", label %"t.end"
t.loop:
  %"t" = phi  i64 [0, %"entry"], [%".391", %"tile.end.endif"]
  %".127" = icmp eq i64 %"t", %"edge"
  %".128" = add i64 -1, %"t"
  %".129" = and i64 %".128", %"state.h.ring"
  %".130" = mul i64 %".129", %"state.h.step"
  %".131" = getelementptr float, ptr %"state.h", i64 %".130"
  %".132" = select  i1 %".127", i64 %"before.h.row", i64 %"state.h.row"
  %".133" = select  i1 %".127", ptr %"before.h", ptr %".131"
  %".134" = and i64 %"t", %"state.h.ring"
  %".135" = mul i64 %".134", %"state.h.step"
  %".136" = getelementptr float, ptr %"state.h", i64 %".135"
  %".137" = mul i64 %"t", %"x.step"
  %".138" = getelementptr float, ptr %"x", i64 %".137"
  %".139" = mul i64 %"t", %"kept.step"
  %".140" = getelementptr float, ptr %"kept", i64 %".139"
  %".141" = mul i64 %"t", %"sample.step"
  %".142" = getelementptr float, ptr %"sample", i64 %".141"
  %".143" = mul i64 %"t", %"kept_sum.step"
  %".144" = getelementptr float, ptr %"kept_sum", i64 %".143"
  %".145" = mul i64 %"t", %"raw.step"
  %".146" = getelementptr float, ptr %"raw", i64 %".145"
  %".147" = and i64 %"t", %"delta.ring"
  %".148" = mul i64 %".147", %"delta.step"
  %".149" = getelementptr float, ptr %"delta", i64 %".148"
  %".150" = add i64 7, %"hidden"
  %".151" = udiv i64 %".150", 8
  %".152" = add i64 1, %".151"
  %".153" = udiv i64 %".152", 2
  %".154" = icmp slt i64 1, %"parts"
  %".155" = select  i1 %".154", i64 %"part", i64 0
  %".156" = mul i64 %".153", %".155"
  %".157" = udiv i64 %".156", %"parts"
  %".158" = add i64 1, %".155"
  %".159" = mul i64 %".153", %".158"
  %".160" = udiv i64 %".159", %"parts"
  %".163" = icmp slt i64 %".157", %".160"
  br i1 %".163", label %"tile.loop", label %"tile.end"
t.end:
  call void @"llvm.x86.sse.ldmxcsr"(i32* %".109")
  ret void
tile.loop:
  %"tile" = phi  i64 [%".157", %"t.loop"], [%".362", %"block.end"]
  %".165" = add i64 %"t", %"phase"
  %".166" = and i64 %".165", 1
  %".167" = icmp eq i64 %".166", 1
  %".168" = add i64 -1, %".157"
  %".169" = add i64 %".168", %".160"
  %".170" = sub i64 %".169", %"tile"
  %".171" = select  i1 %".167", i64 %".170", i64 %"tile"
  %".172" = sub i64 %"end", %"begin"
  %".173" = add i64 5, %".172"
  %".174" = udiv i64 %".173", 6
  %".175" = icmp slt i64 0, %".174"
  br i1 %".175", label %"block.loop", label %"block.end"
tile.end:
  %".365" = icmp sgt i64 %"parts", 1
  br i1 %".365", label %"tile.end.if", label %"tile.end.endif"
block.loop:
  %"block" = phi  i64 [0, %"tile.loop"], [%".359", %"row.end"]
  %".177" = mul i64 %".172", %"block"
  %".178" = udiv i64 %".177", %".174"
  %".179" = add i64 1, %"block"
  %".180" = mul i64 %".172", %".179"
  %".181" = udiv i64 %".180", %".174"
  %".182" = add i64 %"begin", %".178"
  %".183" = sub i64 %".181", %".178"
  %".184" = mul i64 %".171", 2
  %".185" = sub i64 %".151", %".184"
  %".186" = icmp slt i64 %".185", 2
  %".187" = select  i1 %".186", i64 %".185", i64 2
  %".188" = mul i64 %".171", %"inputs"
  %".189" = mul i64 %".188", 16
  %".190" = getelementptr float, ptr %"matrix0", i64 %".189"
  %".191" = mul i64 %".171", 16
  %".192" = getelementptr float, ptr %"bias0", i64 %".191"
  %".193" = mul i64 %".182", %"x.row"
  %".194" = getelementptr float, ptr %".138", i64 %".193"
  %".195" = icmp eq i64 %"projected.row", 0
  br i1 %".195", label %"block.loop.if", label %"block.loop.endif"
block.end:
  %".362" = add i64 %"tile", 1
  %".363" = icmp slt i64 %".362", %".160"
  br i1 %".363", label %"tile.loop", label %"tile.end"
block.loop.if:
  %".197" = icmp slt i64 0, %".187"
  br i1 %".197", label %"part.loop", label %"part.end"
block.loop.endif:
  %".221" = mul i64 %".171", %"head.panel"
  %".222" = mul i64 %".221", 16
  %".223" = getelementptr float, ptr %"matrix1", i64 %".222"
  %".224" = mul i64 %".182", %".132"
  %".225" = getelementptr float, ptr %".133", i64 %".224"
  %".226" = icmp slt i64 0, %".187"
  br i1 %".226", label %"part.loop.1", label %"part.end.1"
part.loop:
  %"part.1" = phi  i64 [0, %"block.loop.if"], [%".217", %"part.loop"]
  %".199" = mul i64 %"part.1", 8
  %".200" = getelementptr float, ptr %".161", i64 %".199"
  %".201" = mul i64 %"part.1", 8
  %".202" = getelementptr float, ptr %".192", i64 %".201"
  %".203" = sub i64 %".187", %"part.1"
  %".204" = icmp slt i64 %".203", 2
  %".205" = select  i1 %".204", i64 %".203", i64 2
  %".206" = mul i64 %"part.1", 8
  %".207" = getelementptr float, ptr %".190", i64 %".206"
  %".208" = mul i64 %"inputs", 16
  %".209" = add i64 -1, %".205"
  %".210" = mul i64 %".209", 12
  %".211" = add i64 -1, %".210"
  %".212" = add i64 %".211", %".183"
  %".213" = getelementptr i64, ptr %"table", i64 %".212"
  %".214" = load i64, ptr %".213", align 8
  %".215" = inttoptr i64 %".214" to void (ptr, i64, i64, i64, i64, ptr, i64, i64, i64, i64, ptr, i64, i64, ptr, i64)*
  call void %".215"(ptr %".194", i64 %"x.row", i64 1, i64 1, i64 0, ptr %".207", i64 8, i64 16, i64 %".208", i64 %"inputs", ptr %".200", i64 16, i64 8, ptr %".202", i64 0)
  %".217" = add i64 %"part.1", 2
  %".218" = icmp slt i64 %".217", %".187"
  br i1 %".218", label %"part.loop", label %"part.end"
part.end:
  br label %"block.loop.endif"
part.loop.1:
  %"part.2" = phi  i64 [0, %"block.loop.endif"], [%".246", %"part.loop.1"]
  %".228" = mul i64 %"part.2", 8
  %".229" = getelementptr float, ptr %".162", i64 %".228"
  %".230" = mul i64 %"part.2", 8
  %".231" = getelementptr float, ptr %".121", i64 %".230"
  %".232" = sub i64 %".187", %"part.2"
  %".233" = icmp slt i64 %".232", 2
  %".234" = select  i1 %".233", i64 %".232", i64 2
  %".235" = mul i64 %"part.2", 8
  %".236" = getelementptr float, ptr %".223", i64 %".235"
  %".237" = mul i64 %"head.panel", 16
  %".238" = add i64 -1, %".234"
  %".239" = mul i64 %".238", 12
  %".240" = add i64 -1, %".239"
  %".241" = add i64 %".240", %".183"
  %".242" = getelementptr i64, ptr %"table", i64 %".241"
  %".243" = load i64, ptr %".242", align 8
  %".244" = inttoptr i64 %".243" to void (ptr, i64, i64, i64, i64, ptr, i64, i64, i64, i64, ptr, i64, i64, ptr, i64)*
  call void %".244"(ptr %".225", i64 %".132", i64 1, i64 1, i64 %".118", ptr %".236", i64 8, i64 16, i64 %".237", i64 %"hidden", ptr %".229", i64 16, i64 8, ptr %".231", i64 0)
  %".246" = add i64 %"part.2", 2
  %".247" = icmp slt i64 %".246", %".187"
  br i1 %".247", label %"part.loop.1", label %"part.end.1"
part.end.1:
  %".249" = icmp slt i64 0, %".183"
  br i1 %".249", label %"row.loop", label %"row.end"
row.loop:
  %"row" = phi  i64 [0, %"part.end.1"], [%".356", %"block.end.1"]
  %".251" = icmp slt i64 0, %".187"
  br i1 %".251", label %"block.loop.1", label %"block.end.1"
row.end:
  %".359" = add i64 %"block", 1
  %".360" = icmp slt i64 %".359", %".174"
  br i1 %".360", label %"block.loop", label %"block.end"
block.loop.1:
  %"block.1" = phi  i64 [0, %"row.loop"], [%".353", %"block.loop.1.endif"]
  %".253" = mul i64 %".171", 2
  %".254" = add i64 %".253", %"block.1"
  %".255" = mul i64 %".254", 8
  %".256" = mul i64 %"row", 16
  %".257" = getelementptr float, ptr %".161", i64 %".256"
  %".258" = add i64 %".182", %"row"
  %".259" = mul i64 %"t", %"projected.step"
  %".260" = getelementptr float, ptr %"projected", i64 %".259"
  %".261" = mul i64 %".258", %"projected.row"
  %".262" = mul i64 %".171", 16
  %".263" = add i64 %".261", %".262"
  %".264" = getelementptr float, ptr %".260", i64 %".263"
  %".265" = icmp eq i64 %"projected.row", 0
  %".266" = select  i1 %".265", ptr %".257", ptr %".264"
  %".267" = mul i64 %"block.1", 8
  %".268" = getelementptr float, ptr %".266", i64 %".267"
  %".269" = mul i64 %"row", 16
  %".270" = getelementptr float, ptr %".162", i64 %".269"
  %".271" = mul i64 %"block.1", 8
  %".272" = getelementptr float, ptr %".270", i64 %".271"
  %".273" = sub i64 %"hidden", %".255"
  %".274" = icmp slt i64 %".273", 8
  br i1 %".274", label %"block.loop.1.if", label %"block.loop.1.else"
block.end.1:
  %".356" = add i64 %"row", 1
  %".357" = icmp slt i64 %".356", %".183"
  br i1 %".357", label %"row.loop", label %"row.end"
block.loop.1.if:
  %".313" = add i64 %".182", %"row"
  %".314" = insertelement <8 x i64> <i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef>, i64 %".273", i32 0
  %".315" = shufflevector <8 x i64> %".314", <8 x i64> <i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".316" = icmp slt <8 x i64> <i64 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7>, %".315"
  %".317" = load <8 x float>, ptr %".268", align 4
  %".318" = load <8 x float>, ptr %".272", align 4
  %".319" = fadd <8 x float> %".317", %".318"
  %".320" = fcmp ogt <8 x float> %".319", <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>
  %".321" = select  <8 x i1> %".320", <8 x float> <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>, <8 x float> %".319"
  %".322" = fcmp olt <8 x float> %".321", <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>
  %".323" = select  <8 x i1> %".322", <8 x float> <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>, <8 x float> %".321"
  %".324" = fmul <8 x float> <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>, %".323"
  %".325" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".324", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".326" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".325")
  %".327" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".326", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".324")
  %".328" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".326", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".327")
  %".329" = fptosi <8 x float> %".326" to <8 x i32>
  %".330" = add <8 x i32> %".329", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".331" = shl <8 x i32> %".330", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".332" = bitcast <8 x i32> %".331" to <8 x float>
  %".333" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".328", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".334" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".333", <8 x float> %".328", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".335" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".334", <8 x float> %".328", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".336" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".335", <8 x float> %".328", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".337" = fmul <8 x float> %".336", %".328"
  %".338" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".337", <8 x float> %".328", <8 x float> %".328")
  %".339" = fsub <8 x float> %".332", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".340" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".338", <8 x float> %".332", <8 x float> %".339")
  %".341" = fadd <8 x float> %".340", <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>
  %".342" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".341")
  %".343" = fneg <8 x float> %".341"
  %".344" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".343", <8 x float> %".342", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".345" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".344", <8 x float> %".344", <8 x float> %".344")
  %".346" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".342", <8 x float> %".345", <8 x float> %".342")
  %".347" = fmul <8 x float> %".340", %".346"
  %".348" = mul i64 %".313", %"state.h.row"
  %".349" = add i64 %".348", %".255"
  %".350" = getelementptr float, ptr %".136", i64 %".349"
  call void @"llvm.masked.store.v8f32.p0"(<8 x float> %".347", ptr %".350", i32 4, <8 x i1> %".316")
  br label %"block.loop.1.endif"
block.loop.1.else:
  %".276" = add i64 %".182", %"row"
  %".277" = load <8 x float>, ptr %".268", align 4
  %".278" = load <8 x float>, ptr %".272", align 4
  %".279" = fadd <8 x float> %".277", %".278"
  %".280" = fcmp ogt <8 x float> %".279", <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>
  %".281" = select  <8 x i1> %".280", <8 x float> <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>, <8 x float> %".279"
  %".282" = fcmp olt <8 x float> %".281", <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>
  %".283" = select  <8 x i1> %".282", <8 x float> <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>, <8 x float> %".281"
  %".284" = fmul <8 x float> <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>, %".283"
  %".285" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".284", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".286" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".285")
  %".287" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".286", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".284")
  %".288" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".286", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".287")
  %".289" = fptosi <8 x float> %".286" to <8 x i32>
  %".290" = add <8 x i32> %".289", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".291" = shl <8 x i32> %".290", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".292" = bitcast <8 x i32> %".291" to <8 x float>
  %".293" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".288", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".294" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".293", <8 x float> %".288", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".295" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".294", <8 x float> %".288", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".296" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".295", <8 x float> %".288", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".297" = fmul <8 x float> %".296", %".288"
  %".298" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".297", <8 x float> %".288", <8 x float> %".288")
  %".299" = fsub <8 x float> %".292", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".300" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".298", <8 x float> %".292", <8 x float> %".299")
  %".301" = fadd <8 x float> %".300", <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>
  %".302" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".301")
  %".303" = fneg <8 x float> %".301"
  %".304" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".303", <8 x float> %".302", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".305" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".304", <8 x float> %".304", <8 x float> %".304")
  %".306" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".302", <8 x float> %".305", <8 x float> %".302")
  %".307" = fmul <8 x float> %".300", %".306"
  %".308" = mul i64 %".276", %"state.h.row"
  %".309" = add i64 %".308", %".255"
  %".310" = getelementptr float, ptr %".136", i64 %".309"
  store <8 x float> %".307", ptr %".310", align 4
  br label %"block.loop.1.endif"
block.loop.1.endif:
  %".353" = add i64 %"block.1", 1
  %".354" = icmp slt i64 %".353", %".187"
  br i1 %".354", label %"block.loop.1", label %"block.end.1"
tile.end.if:
  %".367" = load i64, i64* %".119"
  %".368" = add i64 %".367", 1
  store i64 %".368", i64* %".119"
  %".370" = atomicrmw add ptr %"barrier", i64 1 seq_cst
  %".371" = mul i64 %".368", %"parts"
  store i64 0, i64* %".372"
  br label %"spin"
tile.end.endif:
  %".391" = add i64 %"t", 1
  %".392" = icmp slt i64 %".391", %"steps"
  br i1 %".392", label %"t.loop", label %"t.end"
spin:
  call void @"llvm.x86.sse2.pause"()
  %".376" = load i64, i64* %".372"
  %".377" = add i64 %".376", 1
  store i64 %".377", i64* %".372"
  %".379" = load atomic i64, ptr %"barrier" acquire, align 8
  %".380" = icmp slt i64 %".379", %".371"
  br i1 %".380", label %"more", label %"joined"
more:
  %".382" = load i64, i64* %".372"
  %".383" = icmp slt i64 %".382", 1000
  br i1 %".383", label %"spin", label %"yield"
yield:
  %".385" = getelementptr i64, ptr %"barrier", i64 1
  %".386" = load i64, ptr %".385", align 8
  %".387" = inttoptr i64 %".386" to i32 ()*
  %".388" = call i32 %".387"()
  br label %"spin"
joined:
  br label %"tile.end.endif"
}

declare void @"llvm.x86.sse.stmxcsr"(ptr %".1")

declare void @"llvm.x86.sse.ldmxcsr"(ptr %".1")

declare <8 x float> @"llvm.fma.v8f32"(<8 x float> %".1", <8 x float> %".2", <8 x float> %".3")

declare <8 x float> @"llvm.floor.v8f32"(<8 x float> %".1")

declare <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".1")

declare void @"llvm.masked.store.v8f32.p0"(<8 x float> %".1", ptr %".2", i32 %".3", <8 x i1> %".4")

declare void @"llvm.x86.sse2.pause"()
