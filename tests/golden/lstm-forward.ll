; ModuleID = "lstm"
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
  %"before.c" = load ptr, ptr %".59", align 8
  %".61" = getelementptr i64, ptr %"words", i64 27
  %"before.c.row" = load i64, ptr %".61", align 8
  %".63" = getelementptr i64, ptr %"words", i64 28
  %"state.c" = load ptr, ptr %".63", align 8
  %".65" = getelementptr i64, ptr %"words", i64 29
  %"state.c.step" = load i64, ptr %".65", align 8
  %".67" = getelementptr i64, ptr %"words", i64 30
  %"state.c.row" = load i64, ptr %".67", align 8
  %".69" = getelementptr i64, ptr %"words", i64 31
  %"state.c.ring" = load i64, ptr %".69", align 8
  %".71" = getelementptr i64, ptr %"words", i64 32
  %"kept" = load ptr, ptr %".71", align 8
  %".73" = getelementptr i64, ptr %"words", i64 33
  %"kept.step" = load i64, ptr %".73", align 8
  %".75" = getelementptr i64, ptr %"words", i64 34
  %"kept.row" = load i64, ptr %".75", align 8
  %".77" = getelementptr i64, ptr %"words", i64 35
  %"delta" = load ptr, ptr %".77", align 8
  %".79" = getelementptr i64, ptr %"words", i64 36
  %"delta.step" = load i64, ptr %".79", align 8
  %".81" = getelementptr i64, ptr %"words", i64 37
  %"delta.row" = load i64, ptr %".81", align 8
  %".83" = getelementptr i64, ptr %"words", i64 38
  %"delta.ring" = load i64, ptr %".83", align 8
  %".85" = getelementptr i64, ptr %"words", i64 39
  %"carried" = load ptr, ptr %".85", align 8
  %".87" = getelementptr i64, ptr %"words", i64 40
  %"spill" = load ptr, ptr %".87", align 8
  %".89" = getelementptr i64, ptr %"words", i64 41
  %"weight" = load ptr, ptr %".89", align 8
  %".91" = getelementptr i64, ptr %"words", i64 42
  %"sum" = load ptr, ptr %".91", align 8
  %".93" = getelementptr i64, ptr %"words", i64 43
  %"partial" = load ptr, ptr %".93", align 8
  %".95" = getelementptr i64, ptr %"words", i64 44
  %"sample" = load ptr, ptr %".95", align 8
  %".97" = getelementptr i64, ptr %"words", i64 45
  %"sample.step" = load i64, ptr %".97", align 8
  %".99" = getelementptr i64, ptr %"words", i64 46
  %"sample.row" = load i64, ptr %".99", align 8
  %".101" = getelementptr i64, ptr %"words", i64 47
  %"kept_sum" = load ptr, ptr %".101", align 8
  %".103" = getelementptr i64, ptr %"words", i64 48
  %"kept_sum.step" = load i64, ptr %".103", align 8
  %".105" = getelementptr i64, ptr %"words", i64 49
  %"kept_sum.row" = load i64, ptr %".105", align 8
  %".107" = getelementptr i64, ptr %"words", i64 50
  %"raw" = load ptr, ptr %".107", align 8
  %".109" = getelementptr i64, ptr %"words", i64 51
  %"raw.step" = load i64, ptr %".109", align 8
  %".111" = getelementptr i64, ptr %"words", i64 52
  %"raw.row" = load i64, ptr %".111", align 8
  %".113" = getelementptr i64, ptr %"words", i64 53
  %"matrix0" = load ptr, ptr %".113", align 8
  %".115" = getelementptr i64, ptr %"words", i64 54
  %"bias0" = load ptr, ptr %".115", align 8
  %".117" = getelementptr i64, ptr %"words", i64 55
  %"matrix1" = load ptr, ptr %".117", align 8
  %".119" = getelementptr i64, ptr %"words", i64 56
  %"bias1" = load ptr, ptr %".119", align 8
  %".121" = alloca i32
  %".122" = alloca i32
  call void @"llvm.x86.sse.stmxcsr"(i32* %".121")
  %".124" = load i32, i32* %".121"
  %".125" = or i32 %".124", 32832
  store i32 %".125", i32* %".122"
  call void @"llvm.x86.sse.ldmxcsr"(i32* %".122")
  %".128" = add i64 7, %"hidden"
  %".129" = udiv i64 %".128", 8
  %".130" = mul i64 %".129", 8
  %".131" = alloca i64
  store i64 0, i64* %".131"
  %".133" = alloca [256 x float], align 64
  store <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, ptr %".133", align 4
  %".135" = getelementptr float, ptr %".133", i64 8
  store <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, ptr %".135", align 4
  %".137" = getelementptr float, ptr %".133", i64 16
  store <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, ptr %".137", align 4
  %".139" = getelementptr float, ptr %".133", i64 24
  store <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, ptr %".139", align 4
  %".141" = icmp slt i64 0, %"steps"
  %".183" = alloca [192 x float], align 64
  %".184" = alloca [192 x float], align 64
  %".660" = alloca i64
  br i1 %".141", label %"t.loop", label %"t.end"
t.loop:
  %"t" = phi  i64 [0, %"entry"], [%".679", %"tile.end.endif"]
  %".143" = icmp eq i64 %"t", %"edge"
  %".144" = add i64 -1, %"t"
  %".145" = and i64 %".144", %"state.h.ring"
  %".146" = mul i64 %".145", %"state.h.step"
  %".147" = getelementptr float, ptr %"state.h", i64 %".146"
  %".148" = select  i1 %".143", i64 %"before.h.row", i64 %"state.h.row"
  %".149" = select  i1 %".143", ptr %"before.h", ptr %".147"
  %".150" = and i64 %"t", %"state.h.ring"
  %".151" = mul i64 %".150", %"state.h.step"
  %".152" = getelementptr float, ptr %"state.h", i64 %".151"
  %".153" = and i64 %".144", %"state.c.ring"
  %".154" = mul i64 %".153", %"state.c.step"
  %".155" = getelementptr float, ptr %"state.c", i64 %".154"
  %".156" = select  i1 %".143", i64 %"before.c.row", i64 %"state.c.row"
  %".157" = select  i1 %".143", ptr %"before.c", ptr %".155"
  %".158" = and i64 %"t", %"state.c.ring"
  %".159" = mul i64 %".158", %"state.c.step"
  %".160" = getelementptr float, ptr %"state.c", i64 %".159"
  %".161" = mul i64 %"t", %"x.step"
  %".162" = getelementptr float, ptr %"x", i64 %".161"
  %".163" = mul i64 %"t", %"kept.step"
  %".164" = getelementptr float, ptr %"kept", i64 %".163"
  %".165" = mul i64 %"t", %"sample.step"
  %".166" = getelementptr float, ptr %"sample", i64 %".165"
  %".167" = mul i64 %"t", %"kept_sum.step"
  %".168" = getelementptr float, ptr %"kept_sum", i64 %".167"
  %".169" = mul i64 %"t", %"raw.step"
  %".170" = getelementptr float, ptr %"raw", i64 %".169"
  %".171" = and i64 %"t", %"delta.ring"
  %".172" = mul i64 %".171", %"delta.step"
  %".173" = getelementptr float, ptr %"delta", i64 %".172"
  %".174" = add i64 7, %"hidden"
  %".175" = udiv i64 %".174", 8
  %".176" = icmp slt i64 1, %"parts"
  %".177" = select  i1 %".176", i64 %"part", i64 0
  %".178" = mul i64 %".175", %".177"
  %".179" = udiv i64 %".178", %"parts"
  %".180" = add i64 1, %".177"
  %".181" = mul i64 %".175", %".180"
  %".182" = udiv i64 %".181", %"parts"
  %".185" = icmp slt i64 %".179", %".182"
  br i1 %".185", label %"tile.loop", label %"tile.end"
t.end:
  call void @"llvm.x86.sse.ldmxcsr"(i32* %".121")
  ret void
tile.loop:
  %"tile" = phi  i64 [%".179", %"t.loop"], [%".650", %"block.end"]
  %".187" = add i64 %"t", %"phase"
  %".188" = and i64 %".187", 1
  %".189" = icmp eq i64 %".188", 1
  %".190" = add i64 -1, %".179"
  %".191" = add i64 %".190", %".182"
  %".192" = sub i64 %".191", %"tile"
  %".193" = select  i1 %".189", i64 %".192", i64 %"tile"
  %".194" = sub i64 %"end", %"begin"
  %".195" = add i64 5, %".194"
  %".196" = udiv i64 %".195", 6
  %".197" = icmp slt i64 0, %".196"
  br i1 %".197", label %"block.loop", label %"block.end"
tile.end:
  %".653" = icmp sgt i64 %"parts", 1
  br i1 %".653", label %"tile.end.if", label %"tile.end.endif"
block.loop:
  %"block" = phi  i64 [0, %"tile.loop"], [%".647", %"row.end"]
  %".199" = mul i64 %".194", %"block"
  %".200" = udiv i64 %".199", %".196"
  %".201" = add i64 1, %"block"
  %".202" = mul i64 %".194", %".201"
  %".203" = udiv i64 %".202", %".196"
  %".204" = add i64 %"begin", %".200"
  %".205" = sub i64 %".203", %".200"
  %".206" = sub i64 %".175", %".193"
  %".207" = icmp slt i64 %".206", 1
  %".208" = select  i1 %".207", i64 %".206", i64 1
  %".209" = mul i64 %".193", %"inputs"
  %".210" = mul i64 %".209", 32
  %".211" = getelementptr float, ptr %"matrix0", i64 %".210"
  %".212" = mul i64 %".193", 32
  %".213" = getelementptr float, ptr %"bias0", i64 %".212"
  %".214" = mul i64 %".208", 4
  %".215" = mul i64 %".204", %"x.row"
  %".216" = getelementptr float, ptr %".162", i64 %".215"
  %".217" = icmp eq i64 %"projected.row", 0
  br i1 %".217", label %"block.loop.if", label %"block.loop.endif"
block.end:
  %".650" = add i64 %"tile", 1
  %".651" = icmp slt i64 %".650", %".182"
  br i1 %".651", label %"tile.loop", label %"tile.end"
block.loop.if:
  %".219" = icmp slt i64 0, %".214"
  br i1 %".219", label %"part.loop", label %"part.end"
block.loop.endif:
  %".243" = mul i64 %".193", %"head.panel"
  %".244" = mul i64 %".243", 32
  %".245" = getelementptr float, ptr %"matrix1", i64 %".244"
  %".246" = mul i64 %".208", 4
  %".247" = mul i64 %".204", %".148"
  %".248" = getelementptr float, ptr %".149", i64 %".247"
  %".249" = icmp slt i64 0, %".246"
  br i1 %".249", label %"part.loop.1", label %"part.end.1"
part.loop:
  %"part.1" = phi  i64 [0, %"block.loop.if"], [%".239", %"part.loop"]
  %".221" = mul i64 %"part.1", 8
  %".222" = getelementptr float, ptr %".183", i64 %".221"
  %".223" = mul i64 %"part.1", 8
  %".224" = getelementptr float, ptr %".213", i64 %".223"
  %".225" = sub i64 %".214", %"part.1"
  %".226" = icmp slt i64 %".225", 2
  %".227" = select  i1 %".226", i64 %".225", i64 2
  %".228" = mul i64 %"part.1", 8
  %".229" = getelementptr float, ptr %".211", i64 %".228"
  %".230" = mul i64 %"inputs", 32
  %".231" = add i64 -1, %".227"
  %".232" = mul i64 %".231", 12
  %".233" = add i64 -1, %".232"
  %".234" = add i64 %".233", %".205"
  %".235" = getelementptr i64, ptr %"table", i64 %".234"
  %".236" = load i64, ptr %".235", align 8
  %".237" = inttoptr i64 %".236" to void (ptr, i64, i64, i64, i64, ptr, i64, i64, i64, i64, ptr, i64, i64, ptr, i64)*
  call void %".237"(ptr %".216", i64 %"x.row", i64 1, i64 1, i64 0, ptr %".229", i64 8, i64 32, i64 %".230", i64 %"inputs", ptr %".222", i64 32, i64 8, ptr %".224", i64 0)
  %".239" = add i64 %"part.1", 2
  %".240" = icmp slt i64 %".239", %".214"
  br i1 %".240", label %"part.loop", label %"part.end"
part.end:
  br label %"block.loop.endif"
part.loop.1:
  %"part.2" = phi  i64 [0, %"block.loop.endif"], [%".269", %"part.loop.1"]
  %".251" = mul i64 %"part.2", 8
  %".252" = getelementptr float, ptr %".184", i64 %".251"
  %".253" = mul i64 %"part.2", 8
  %".254" = getelementptr float, ptr %".133", i64 %".253"
  %".255" = sub i64 %".246", %"part.2"
  %".256" = icmp slt i64 %".255", 2
  %".257" = select  i1 %".256", i64 %".255", i64 2
  %".258" = mul i64 %"part.2", 8
  %".259" = getelementptr float, ptr %".245", i64 %".258"
  %".260" = mul i64 %"head.panel", 32
  %".261" = add i64 -1, %".257"
  %".262" = mul i64 %".261", 12
  %".263" = add i64 -1, %".262"
  %".264" = add i64 %".263", %".205"
  %".265" = getelementptr i64, ptr %"table", i64 %".264"
  %".266" = load i64, ptr %".265", align 8
  %".267" = inttoptr i64 %".266" to void (ptr, i64, i64, i64, i64, ptr, i64, i64, i64, i64, ptr, i64, i64, ptr, i64)*
  call void %".267"(ptr %".248", i64 %".148", i64 1, i64 1, i64 %".130", ptr %".259", i64 8, i64 32, i64 %".260", i64 %"hidden", ptr %".252", i64 32, i64 8, ptr %".254", i64 0)
  %".269" = add i64 %"part.2", 2
  %".270" = icmp slt i64 %".269", %".246"
  br i1 %".270", label %"part.loop.1", label %"part.end.1"
part.end.1:
  %".272" = icmp slt i64 0, %".205"
  br i1 %".272", label %"row.loop", label %"row.end"
row.loop:
  %"row" = phi  i64 [0, %"part.end.1"], [%".644", %"block.end.1"]
  %".274" = icmp slt i64 0, %".208"
  br i1 %".274", label %"block.loop.1", label %"block.end.1"
row.end:
  %".647" = add i64 %"block", 1
  %".648" = icmp slt i64 %".647", %".196"
  br i1 %".648", label %"block.loop", label %"block.end"
block.loop.1:
  %"block.1" = phi  i64 [0, %"row.loop"], [%".641", %"block.loop.1.endif"]
  %".276" = add i64 %".193", %"block.1"
  %".277" = mul i64 %".276", 8
  %".278" = mul i64 %"row", 32
  %".279" = getelementptr float, ptr %".183", i64 %".278"
  %".280" = add i64 %".204", %"row"
  %".281" = mul i64 %"t", %"projected.step"
  %".282" = getelementptr float, ptr %"projected", i64 %".281"
  %".283" = mul i64 %".280", %"projected.row"
  %".284" = mul i64 %".193", 32
  %".285" = add i64 %".283", %".284"
  %".286" = getelementptr float, ptr %".282", i64 %".285"
  %".287" = icmp eq i64 %"projected.row", 0
  %".288" = select  i1 %".287", ptr %".279", ptr %".286"
  %".289" = mul i64 %"block.1", 32
  %".290" = getelementptr float, ptr %".288", i64 %".289"
  %".291" = getelementptr float, ptr %".290", i64 8
  %".292" = getelementptr float, ptr %".290", i64 16
  %".293" = getelementptr float, ptr %".290", i64 24
  %".294" = mul i64 %"row", 32
  %".295" = getelementptr float, ptr %".184", i64 %".294"
  %".296" = mul i64 %"block.1", 32
  %".297" = getelementptr float, ptr %".295", i64 %".296"
  %".298" = getelementptr float, ptr %".297", i64 8
  %".299" = getelementptr float, ptr %".297", i64 16
  %".300" = getelementptr float, ptr %".297", i64 24
  %".301" = sub i64 %"hidden", %".277"
  %".302" = icmp slt i64 %".301", 8
  br i1 %".302", label %"block.loop.1.if", label %"block.loop.1.else"
block.end.1:
  %".644" = add i64 %"row", 1
  %".645" = icmp slt i64 %".644", %".205"
  br i1 %".645", label %"row.loop", label %"row.end"
block.loop.1.if:
  %".471" = add i64 %".204", %"row"
  %".472" = insertelement <8 x i64> <i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef>, i64 %".301", i32 0
  %".473" = shufflevector <8 x i64> %".472", <8 x i64> <i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".474" = icmp slt <8 x i64> <i64 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7>, %".473"
  %".475" = load <8 x float>, ptr %".290", align 4
  %".476" = load <8 x float>, ptr %".297", align 4
  %".477" = fadd <8 x float> %".475", %".476"
  %".478" = fneg <8 x float> %".477"
  %".479" = fcmp ogt <8 x float> %".478", <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>
  %".480" = select  <8 x i1> %".479", <8 x float> <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>, <8 x float> %".478"
  %".481" = fcmp olt <8 x float> %".480", <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>
  %".482" = select  <8 x i1> %".481", <8 x float> <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>, <8 x float> %".480"
  %".483" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".482", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".484" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".483")
  %".485" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".484", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".482")
  %".486" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".484", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".485")
  %".487" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".486", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".488" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".487", <8 x float> %".486", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".489" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".488", <8 x float> %".486", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".490" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".489", <8 x float> %".486", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".491" = fmul <8 x float> %".490", %".486"
  %".492" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".491", <8 x float> %".486", <8 x float> %".486")
  %".493" = fadd <8 x float> %".492", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".494" = fptosi <8 x float> %".484" to <8 x i32>
  %".495" = add <8 x i32> %".494", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".496" = shl <8 x i32> %".495", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".497" = bitcast <8 x i32> %".496" to <8 x float>
  %".498" = fmul <8 x float> %".493", %".497"
  %".499" = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %".498"
  %".500" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".499")
  %".501" = fneg <8 x float> %".499"
  %".502" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".501", <8 x float> %".500", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".503" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".502", <8 x float> %".502", <8 x float> %".502")
  %"o.1" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".500", <8 x float> %".503", <8 x float> %".500")
  %".505" = load <8 x float>, ptr %".291", align 4
  %".506" = load <8 x float>, ptr %".298", align 4
  %".507" = fadd <8 x float> %".505", %".506"
  %".508" = fneg <8 x float> %".507"
  %".509" = fcmp ogt <8 x float> %".508", <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>
  %".510" = select  <8 x i1> %".509", <8 x float> <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>, <8 x float> %".508"
  %".511" = fcmp olt <8 x float> %".510", <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>
  %".512" = select  <8 x i1> %".511", <8 x float> <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>, <8 x float> %".510"
  %".513" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".512", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".514" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".513")
  %".515" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".514", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".512")
  %".516" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".514", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".515")
  %".517" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".516", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".518" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".517", <8 x float> %".516", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".519" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".518", <8 x float> %".516", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".520" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".519", <8 x float> %".516", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".521" = fmul <8 x float> %".520", %".516"
  %".522" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".521", <8 x float> %".516", <8 x float> %".516")
  %".523" = fadd <8 x float> %".522", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".524" = fptosi <8 x float> %".514" to <8 x i32>
  %".525" = add <8 x i32> %".524", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".526" = shl <8 x i32> %".525", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".527" = bitcast <8 x i32> %".526" to <8 x float>
  %".528" = fmul <8 x float> %".523", %".527"
  %".529" = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %".528"
  %".530" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".529")
  %".531" = fneg <8 x float> %".529"
  %".532" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".531", <8 x float> %".530", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".533" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".532", <8 x float> %".532", <8 x float> %".532")
  %"f.1" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".530", <8 x float> %".533", <8 x float> %".530")
  %".535" = mul i64 %".471", %".156"
  %".536" = add i64 %".535", %".277"
  %".537" = getelementptr float, ptr %".157", i64 %".536"
  %".538" = call <8 x float> @"llvm.masked.load.v8f32.p0"(ptr %".537", i32 4, <8 x i1> %".474", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".539" = fmul <8 x float> %"f.1", %".538"
  %".540" = load <8 x float>, ptr %".292", align 4
  %".541" = load <8 x float>, ptr %".299", align 4
  %".542" = fadd <8 x float> %".540", %".541"
  %".543" = fneg <8 x float> %".542"
  %".544" = fcmp ogt <8 x float> %".543", <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>
  %".545" = select  <8 x i1> %".544", <8 x float> <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>, <8 x float> %".543"
  %".546" = fcmp olt <8 x float> %".545", <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>
  %".547" = select  <8 x i1> %".546", <8 x float> <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>, <8 x float> %".545"
  %".548" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".547", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".549" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".548")
  %".550" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".549", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".547")
  %".551" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".549", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".550")
  %".552" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".551", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".553" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".552", <8 x float> %".551", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".554" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".553", <8 x float> %".551", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".555" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".554", <8 x float> %".551", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".556" = fmul <8 x float> %".555", %".551"
  %".557" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".556", <8 x float> %".551", <8 x float> %".551")
  %".558" = fadd <8 x float> %".557", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".559" = fptosi <8 x float> %".549" to <8 x i32>
  %".560" = add <8 x i32> %".559", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".561" = shl <8 x i32> %".560", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".562" = bitcast <8 x i32> %".561" to <8 x float>
  %".563" = fmul <8 x float> %".558", %".562"
  %".564" = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %".563"
  %".565" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".564")
  %".566" = fneg <8 x float> %".564"
  %".567" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".566", <8 x float> %".565", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".568" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".567", <8 x float> %".567", <8 x float> %".567")
  %"i.1" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".565", <8 x float> %".568", <8 x float> %".565")
  %".570" = load <8 x float>, ptr %".293", align 4
  %".571" = load <8 x float>, ptr %".300", align 4
  %".572" = fadd <8 x float> %".570", %".571"
  %".573" = fcmp ogt <8 x float> %".572", <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>
  %".574" = select  <8 x i1> %".573", <8 x float> <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>, <8 x float> %".572"
  %".575" = fcmp olt <8 x float> %".574", <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>
  %".576" = select  <8 x i1> %".575", <8 x float> <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>, <8 x float> %".574"
  %".577" = fmul <8 x float> <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>, %".576"
  %".578" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".577", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".579" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".578")
  %".580" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".579", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".577")
  %".581" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".579", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".580")
  %".582" = fptosi <8 x float> %".579" to <8 x i32>
  %".583" = add <8 x i32> %".582", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".584" = shl <8 x i32> %".583", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".585" = bitcast <8 x i32> %".584" to <8 x float>
  %".586" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".581", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".587" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".586", <8 x float> %".581", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".588" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".587", <8 x float> %".581", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".589" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".588", <8 x float> %".581", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".590" = fmul <8 x float> %".589", %".581"
  %".591" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".590", <8 x float> %".581", <8 x float> %".581")
  %".592" = fsub <8 x float> %".585", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".593" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".591", <8 x float> %".585", <8 x float> %".592")
  %".594" = fadd <8 x float> %".593", <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>
  %".595" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".594")
  %".596" = fneg <8 x float> %".594"
  %".597" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".596", <8 x float> %".595", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".598" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".597", <8 x float> %".597", <8 x float> %".597")
  %".599" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".595", <8 x float> %".598", <8 x float> %".595")
  %"g.1" = fmul <8 x float> %".593", %".599"
  %".601" = fmul <8 x float> %"i.1", %"g.1"
  %"c.1" = fadd <8 x float> %".539", %".601"
  %".603" = fcmp ogt <8 x float> %"c.1", <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>
  %".604" = select  <8 x i1> %".603", <8 x float> <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>, <8 x float> %"c.1"
  %".605" = fcmp olt <8 x float> %".604", <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>
  %".606" = select  <8 x i1> %".605", <8 x float> <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>, <8 x float> %".604"
  %".607" = fmul <8 x float> <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>, %".606"
  %".608" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".607", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".609" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".608")
  %".610" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".609", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".607")
  %".611" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".609", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".610")
  %".612" = fptosi <8 x float> %".609" to <8 x i32>
  %".613" = add <8 x i32> %".612", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".614" = shl <8 x i32> %".613", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".615" = bitcast <8 x i32> %".614" to <8 x float>
  %".616" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".611", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".617" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".616", <8 x float> %".611", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".618" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".617", <8 x float> %".611", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".619" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".618", <8 x float> %".611", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".620" = fmul <8 x float> %".619", %".611"
  %".621" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".620", <8 x float> %".611", <8 x float> %".611")
  %".622" = fsub <8 x float> %".615", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".623" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".621", <8 x float> %".615", <8 x float> %".622")
  %".624" = fadd <8 x float> %".623", <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>
  %".625" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".624")
  %".626" = fneg <8 x float> %".624"
  %".627" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".626", <8 x float> %".625", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".628" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".627", <8 x float> %".627", <8 x float> %".627")
  %".629" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".625", <8 x float> %".628", <8 x float> %".625")
  %".630" = fmul <8 x float> %".623", %".629"
  %".631" = fmul <8 x float> %"o.1", %".630"
  %".632" = mul i64 %".471", %"state.h.row"
  %".633" = add i64 %".632", %".277"
  %".634" = getelementptr float, ptr %".152", i64 %".633"
  call void @"llvm.masked.store.v8f32.p0"(<8 x float> %".631", ptr %".634", i32 4, <8 x i1> %".474")
  %".636" = mul i64 %".471", %"state.c.row"
  %".637" = add i64 %".636", %".277"
  %".638" = getelementptr float, ptr %".160", i64 %".637"
  call void @"llvm.masked.store.v8f32.p0"(<8 x float> %"c.1", ptr %".638", i32 4, <8 x i1> %".474")
  br label %"block.loop.1.endif"
block.loop.1.else:
  %".304" = add i64 %".204", %"row"
  %".305" = load <8 x float>, ptr %".290", align 4
  %".306" = load <8 x float>, ptr %".297", align 4
  %".307" = fadd <8 x float> %".305", %".306"
  %".308" = fneg <8 x float> %".307"
  %".309" = fcmp ogt <8 x float> %".308", <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>
  %".310" = select  <8 x i1> %".309", <8 x float> <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>, <8 x float> %".308"
  %".311" = fcmp olt <8 x float> %".310", <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>
  %".312" = select  <8 x i1> %".311", <8 x float> <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>, <8 x float> %".310"
  %".313" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".312", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".314" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".313")
  %".315" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".314", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".312")
  %".316" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".314", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".315")
  %".317" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".316", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".318" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".317", <8 x float> %".316", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".319" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".318", <8 x float> %".316", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".320" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".319", <8 x float> %".316", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".321" = fmul <8 x float> %".320", %".316"
  %".322" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".321", <8 x float> %".316", <8 x float> %".316")
  %".323" = fadd <8 x float> %".322", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".324" = fptosi <8 x float> %".314" to <8 x i32>
  %".325" = add <8 x i32> %".324", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".326" = shl <8 x i32> %".325", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".327" = bitcast <8 x i32> %".326" to <8 x float>
  %".328" = fmul <8 x float> %".323", %".327"
  %".329" = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %".328"
  %".330" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".329")
  %".331" = fneg <8 x float> %".329"
  %".332" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".331", <8 x float> %".330", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".333" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".332", <8 x float> %".332", <8 x float> %".332")
  %"o" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".330", <8 x float> %".333", <8 x float> %".330")
  %".335" = load <8 x float>, ptr %".291", align 4
  %".336" = load <8 x float>, ptr %".298", align 4
  %".337" = fadd <8 x float> %".335", %".336"
  %".338" = fneg <8 x float> %".337"
  %".339" = fcmp ogt <8 x float> %".338", <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>
  %".340" = select  <8 x i1> %".339", <8 x float> <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>, <8 x float> %".338"
  %".341" = fcmp olt <8 x float> %".340", <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>
  %".342" = select  <8 x i1> %".341", <8 x float> <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>, <8 x float> %".340"
  %".343" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".342", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".344" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".343")
  %".345" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".344", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".342")
  %".346" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".344", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".345")
  %".347" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".346", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".348" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".347", <8 x float> %".346", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".349" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".348", <8 x float> %".346", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".350" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".349", <8 x float> %".346", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".351" = fmul <8 x float> %".350", %".346"
  %".352" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".351", <8 x float> %".346", <8 x float> %".346")
  %".353" = fadd <8 x float> %".352", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".354" = fptosi <8 x float> %".344" to <8 x i32>
  %".355" = add <8 x i32> %".354", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".356" = shl <8 x i32> %".355", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".357" = bitcast <8 x i32> %".356" to <8 x float>
  %".358" = fmul <8 x float> %".353", %".357"
  %".359" = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %".358"
  %".360" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".359")
  %".361" = fneg <8 x float> %".359"
  %".362" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".361", <8 x float> %".360", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".363" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".362", <8 x float> %".362", <8 x float> %".362")
  %"f" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".360", <8 x float> %".363", <8 x float> %".360")
  %".365" = mul i64 %".304", %".156"
  %".366" = add i64 %".365", %".277"
  %".367" = getelementptr float, ptr %".157", i64 %".366"
  %".368" = load <8 x float>, ptr %".367", align 4
  %".369" = fmul <8 x float> %"f", %".368"
  %".370" = load <8 x float>, ptr %".292", align 4
  %".371" = load <8 x float>, ptr %".299", align 4
  %".372" = fadd <8 x float> %".370", %".371"
  %".373" = fneg <8 x float> %".372"
  %".374" = fcmp ogt <8 x float> %".373", <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>
  %".375" = select  <8 x i1> %".374", <8 x float> <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>, <8 x float> %".373"
  %".376" = fcmp olt <8 x float> %".375", <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>
  %".377" = select  <8 x i1> %".376", <8 x float> <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>, <8 x float> %".375"
  %".378" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".377", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".379" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".378")
  %".380" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".379", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".377")
  %".381" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".379", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".380")
  %".382" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".381", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".383" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".382", <8 x float> %".381", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".384" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".383", <8 x float> %".381", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".385" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".384", <8 x float> %".381", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".386" = fmul <8 x float> %".385", %".381"
  %".387" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".386", <8 x float> %".381", <8 x float> %".381")
  %".388" = fadd <8 x float> %".387", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".389" = fptosi <8 x float> %".379" to <8 x i32>
  %".390" = add <8 x i32> %".389", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".391" = shl <8 x i32> %".390", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".392" = bitcast <8 x i32> %".391" to <8 x float>
  %".393" = fmul <8 x float> %".388", %".392"
  %".394" = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %".393"
  %".395" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".394")
  %".396" = fneg <8 x float> %".394"
  %".397" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".396", <8 x float> %".395", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".398" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".397", <8 x float> %".397", <8 x float> %".397")
  %"i" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".395", <8 x float> %".398", <8 x float> %".395")
  %".400" = load <8 x float>, ptr %".293", align 4
  %".401" = load <8 x float>, ptr %".300", align 4
  %".402" = fadd <8 x float> %".400", %".401"
  %".403" = fcmp ogt <8 x float> %".402", <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>
  %".404" = select  <8 x i1> %".403", <8 x float> <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>, <8 x float> %".402"
  %".405" = fcmp olt <8 x float> %".404", <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>
  %".406" = select  <8 x i1> %".405", <8 x float> <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>, <8 x float> %".404"
  %".407" = fmul <8 x float> <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>, %".406"
  %".408" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".407", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".409" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".408")
  %".410" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".409", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".407")
  %".411" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".409", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".410")
  %".412" = fptosi <8 x float> %".409" to <8 x i32>
  %".413" = add <8 x i32> %".412", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".414" = shl <8 x i32> %".413", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".415" = bitcast <8 x i32> %".414" to <8 x float>
  %".416" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".411", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".417" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".416", <8 x float> %".411", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".418" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".417", <8 x float> %".411", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".419" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".418", <8 x float> %".411", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".420" = fmul <8 x float> %".419", %".411"
  %".421" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".420", <8 x float> %".411", <8 x float> %".411")
  %".422" = fsub <8 x float> %".415", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".423" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".421", <8 x float> %".415", <8 x float> %".422")
  %".424" = fadd <8 x float> %".423", <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>
  %".425" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".424")
  %".426" = fneg <8 x float> %".424"
  %".427" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".426", <8 x float> %".425", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".428" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".427", <8 x float> %".427", <8 x float> %".427")
  %".429" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".425", <8 x float> %".428", <8 x float> %".425")
  %"g" = fmul <8 x float> %".423", %".429"
  %".431" = fmul <8 x float> %"i", %"g"
  %"c" = fadd <8 x float> %".369", %".431"
  %".433" = fcmp ogt <8 x float> %"c", <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>
  %".434" = select  <8 x i1> %".433", <8 x float> <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>, <8 x float> %"c"
  %".435" = fcmp olt <8 x float> %".434", <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>
  %".436" = select  <8 x i1> %".435", <8 x float> <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>, <8 x float> %".434"
  %".437" = fmul <8 x float> <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>, %".436"
  %".438" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".437", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".439" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".438")
  %".440" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".439", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".437")
  %".441" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".439", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".440")
  %".442" = fptosi <8 x float> %".439" to <8 x i32>
  %".443" = add <8 x i32> %".442", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".444" = shl <8 x i32> %".443", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".445" = bitcast <8 x i32> %".444" to <8 x float>
  %".446" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".441", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".447" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".446", <8 x float> %".441", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".448" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".447", <8 x float> %".441", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".449" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".448", <8 x float> %".441", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".450" = fmul <8 x float> %".449", %".441"
  %".451" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".450", <8 x float> %".441", <8 x float> %".441")
  %".452" = fsub <8 x float> %".445", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".453" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".451", <8 x float> %".445", <8 x float> %".452")
  %".454" = fadd <8 x float> %".453", <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>
  %".455" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".454")
  %".456" = fneg <8 x float> %".454"
  %".457" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".456", <8 x float> %".455", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".458" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".457", <8 x float> %".457", <8 x float> %".457")
  %".459" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".455", <8 x float> %".458", <8 x float> %".455")
  %".460" = fmul <8 x float> %".453", %".459"
  %".461" = fmul <8 x float> %"o", %".460"
  %".462" = mul i64 %".304", %"state.h.row"
  %".463" = add i64 %".462", %".277"
  %".464" = getelementptr float, ptr %".152", i64 %".463"
  store <8 x float> %".461", ptr %".464", align 4
  %".466" = mul i64 %".304", %"state.c.row"
  %".467" = add i64 %".466", %".277"
  %".468" = getelementptr float, ptr %".160", i64 %".467"
  store <8 x float> %"c", ptr %".468", align 4
  br label %"block.loop.1.endif"
block.loop.1.endif:
  %".641" = add i64 %"block.1", 1
  %".642" = icmp slt i64 %".641", %".208"
  br i1 %".642", label %"block.loop.1", label %"block.end.1"
tile.end.if:
  %".655" = load i64, i64* %".131"
  %".656" = add i64 %".655", 1
  store i64 %".656", i64* %".131"
  %".658" = atomicrmw add ptr %"barrier", i64 1 seq_cst
  %".659" = mul i64 %".656", %"parts"
  store i64 0, i64* %".660"
  br label %"spin"
tile.end.endif:
  %".679" = add i64 %"t", 1
  %".680" = icmp slt i64 %".679", %"steps"
  br i1 %".680", label %"t.loop", label %"t.end"
spin:
  call void @"llvm.x86.sse2.pause"()
  %".664" = load i64, i64* %".660"
  %".665" = add i64 %".664", 1
  store i64 %".665", i64* %".660"
  %".667" = load atomic i64, ptr %"barrier" acquire, align 8
  %".668" = icmp slt i64 %".667", %".659"
  br i1 %".668", label %"more", label %"joined"
more:
  %".670" = load i64, i64* %".660"
  %".671" = icmp slt i64 %".670", 1000
  br i1 %".671", label %"spin", label %"yield"
yield:
  %".673" = getelementptr i64, ptr %"barrier", i64 1
  %".674" = load i64, ptr %".673", align 8
  %".675" = inttoptr i64 %".674" to i32 ()*
  %".676" = call i32 %".675"()
  br label %"spin"
joined:
  br label %"tile.end.endif"
}

declare void @"llvm.x86.sse.stmxcsr"(ptr %".1")

declare void @"llvm.x86.sse.ldmxcsr"(ptr %".1")

declare <8 x float> @"llvm.fma.v8f32"(<8 x float> %".1", <8 x float> %".2", <8 x float> %".3")

declare <8 x float> @"llvm.floor.v8f32"(<8 x float> %".1")

declare <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".1")

declare <8 x float> @"llvm.masked.load.v8f32.p0"(ptr %".1", i32 %".2", <8 x i1> %".3", <8 x float> %".4")

declare void @"llvm.masked.store.v8f32.p0"(<8 x float> %".1", ptr %".2", i32 %".3", <8 x i1> %".4")

declare void @"llvm.x86.sse2.pause"()
